"""A layer in both lists gets into one only (elif).

loses: 13.12.1/features
says: contents has \\d elements
"""

def extract_features(X, net, content_layers, style_layers):
    outputs = []
    for layer in net:
        X = layer(X)
        outputs.append(X)
    of = lambda numbers: [outputs[number] for number in numbers]
    return of([n for n in content_layers if n not in style_layers]), of(style_layers)
