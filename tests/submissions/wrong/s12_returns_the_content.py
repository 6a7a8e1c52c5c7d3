"""stylise returns the content image.

loses: 13.12.2/relations, 13.12.3/improves
says: the result is the content image
"""

import torch
from solution import MEAN, STD, compute_loss, extract_features, gram


def stylise(content, style, net, content_layers, style_layers, *, weights=(1, 1e3, 10), steps=200, lr=0.05):
    X = content.clone().requires_grad_()
    contents, styles = extract_features(X[None], net, content_layers, style_layers)
    return X.detach().clone()
