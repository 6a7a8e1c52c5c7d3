"""The two lists come back in the wrong order.

loses: 13.12.1/features
says: content
"""

def extract_features(X, net, content_layers, style_layers):
    outputs = []
    for layer in net:
        X = layer(X)
        outputs.append(X)
    of = lambda numbers: [outputs[number] for number in numbers]
    return of(style_layers), of(content_layers)
