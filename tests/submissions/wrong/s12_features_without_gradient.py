"""The features are extracted under no_grad, so nothing can be optimised through them.

loses: 13.12.1/features-gradient
says: no_grad
"""

import torch


@torch.no_grad()
def extract_features(X, net, content_layers, style_layers):
    contents, styles = [], []
    for i in range(len(net)):
        X = net[i](X)
        if i in style_layers:
            styles.append(X)
        if i in content_layers:
            contents.append(X)
    return contents, styles
