"""The two pictures are blended.

loses: 13.12.3/trained
says: total|became NaN
"""

def stylise(content, style, net, *, content_layers, style_layers, weights=(1, 1e3, 10), steps=50, lr=0.05):
    return (0.5 * content + 0.5 * style).clamp(0, 1)
