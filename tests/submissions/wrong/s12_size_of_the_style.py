"""The result has the size of the style image.

loses: 13.12.3/form, 13.12.3/result, 13.12.3/weights, 13.12.3/settings, 13.12.3/seed
says: height and width of the content image
"""

import torch
from solution import stylise as right


def stylise(content, style, net, **options):
    content = torch.nn.functional.interpolate(content[None], style.shape[1:])[0]
    return right(content, style, net, **options)
