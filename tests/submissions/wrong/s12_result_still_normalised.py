"""The normalisation isn't undone at the end.

loses: 13.12.3/result
says: joint loss is
"""

import torch
from solution import MEAN, STD, compute_loss, extract_features, gram


def stylise(content, style, net, content_layers, style_layers, *, weights=(1, 1e3, 10), steps=200, lr=0.05):
    start, style_X = ((content - MEAN) / STD)[None], ((style - MEAN) / STD)[None]
    with torch.no_grad():
        contents = extract_features(start, net, content_layers, style_layers)[0]
        grams = [gram(s) for s in extract_features(style_X, net, content_layers, style_layers)[1]]
    X = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([X], lr)
    for _ in range(steps):
        c, s = extract_features(X, net, content_layers, style_layers)
        loss = compute_loss(X, c, s, contents, grams, weights)[3]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return X.detach()[0].clamp(0, 1)
