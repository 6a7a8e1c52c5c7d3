"""A little noise at the start is seeded by the clock.

loses: 13.12.3/seed
says: same seed
"""

import time

import torch
from solution import stylise as right


def stylise(content, style, net, **options):
    clock = torch.Generator().manual_seed(time.time_ns() % 2**31)
    noise = 0.05 * torch.randn(content.shape, generator=clock)
    return right((content + noise).clamp(0, 1), style, net, **options)
