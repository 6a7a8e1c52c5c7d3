"""The Gram matrix is taken over the wrong axis: between pixels instead of channels.

loses: 13.12.1/gram
says: one row and one column per channel
"""

def gram(X):
    rows = X[0].flatten(1)  # (c, n)
    return rows.mT @ rows / rows.numel()
