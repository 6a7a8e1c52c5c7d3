"""Older book text: the first ratio does not shape the boxes of the sizes.

loses: 13.4.1/first-ratio
says: ratio
"""

import torch


def multibox_prior(data, sizes, ratios):
    rows, columns = data.shape[-2:]
    squares = torch.tensor([[s, s] for s in sizes])
    others = torch.tensor([[sizes[0] * r**0.5, sizes[0] / r**0.5] for r in ratios[1:]]).reshape(-1, 2)
    half = torch.cat((squares, others)) * torch.tensor([rows / columns, 1.0]) / 2  # (boxes per pixel, 2)
    y, x = torch.meshgrid((torch.arange(rows) + 0.5) / rows, (torch.arange(columns) + 0.5) / columns, indexing="ij")
    centre = torch.stack((x, y), dim=2).reshape(-1, 1, 2)
    return torch.cat((centre - half, centre + half), dim=2).reshape(1, -1, 4).to(data.device)
