"""The features are extracted under no_grad, so nothing can be optimised through them.

loses: 13.12.1/features-gradient
says: no_grad
"""

import torch


@torch.no_grad()
def extract_features(X, net, content_layers, style_layers):
    outputs = []
    for layer in net:
        X = layer(X)
        outputs.append(X)
    of = lambda numbers: [outputs[number] for number in numbers]
    return of(content_layers), of(style_layers)
