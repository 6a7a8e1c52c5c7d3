"""A layer's input is collected instead of its output.

loses: 13.12.1/features
says: input of layer \\d; its output is wanted
"""

def extract_features(X, net, content_layers, style_layers):
    outputs = []
    for layer in net:
        outputs.append(X)
        X = layer(X)
    of = lambda numbers: [outputs[number] for number in numbers]
    return of(content_layers), of(style_layers)
