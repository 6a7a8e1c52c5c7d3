"""The two pictures are blended.

loses: 13.12.2/relations, 13.12.3/improves
says: joint loss is
"""

import torch
from solution import MEAN, STD, compute_loss, extract_features, gram


def stylise(content, style, net, content_layers, style_layers, *, weights=(1, 1e3, 10), steps=200, lr=0.05):
    style = torch.nn.functional.interpolate(style[None], content.shape[1:], mode="bilinear")[0]
    return (content + style) / 2
