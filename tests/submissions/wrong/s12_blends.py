"""The two pictures are blended.

loses: 13.12.3/result, 13.12.3/weights, 13.12.3/settings
says: joint loss is
"""

import torch


def stylise(content, style, net, **options):
    style = torch.nn.functional.interpolate(style[None], content.shape[1:], mode="bilinear")[0]
    return (content + style) / 2
