"""The channels are moved last, and the reshape then mixes them with the pixels.

loses: 13.12.1/gram
says: Channels and pixels are mixed up
"""

def gram(X):
    rows = X.movedim(1, 3).reshape(X.shape[1], -1)
    return rows @ rows.mT / rows.numel()
