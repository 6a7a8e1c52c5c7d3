"""The result is still normalised.

loses: 13.12.3/trained
says: total|became NaN
"""

import torch
import solution


def stylise(content, style, net, *, content_layers, style_layers, weights=(1, 1e3, 10), steps=50, lr=0.05):
    mean, std = solution.MEAN.to(content.device), solution.STD.to(content.device)
    start, style_X = ((content - mean) / std)[None], ((style - mean) / std)[None]
    with torch.no_grad():
        contents = solution.extract_features(start, net, content_layers, style_layers)[0]
        grams = [solution.gram(s) for s in solution.extract_features(style_X, net, content_layers, style_layers)[1]]
    X = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([X], lr)
    for _ in range(steps):
        c, s = solution.extract_features(X, net, content_layers, style_layers)
        loss = solution.compute_loss(X, c, s, contents, grams, weights)[-1]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return X.detach()[0].clamp(0, 1)
