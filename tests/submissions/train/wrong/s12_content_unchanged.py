"""The content picture comes back.

loses: 13.12.3/trained
says: total|became NaN
"""

def stylise(content, style, net, *, content_layers, style_layers, weights=(1, 1e3, 10), steps=50, lr=0.05):
    return content.clone()
