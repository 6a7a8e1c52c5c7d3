"""Pictures for the report: held-out inputs beside what was wanted and what the trained net says."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

MASK_COLOURS = torch.tensor(
    [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128], [128, 0, 128]], dtype=torch.uint8
)
WANTED, FOUND = (17, 99, 41), (188, 76, 0)
GAP = 4


def grid(rows: list[list[Tensor]], enlarge: int = 2) -> Tensor:
    """Pictures uint8 (3, h, w) of one size → one picture, with white gaps."""
    lines = [torch.cat([F.pad(cell, (0, GAP), value=255) for cell in row], 2) for row in rows]
    whole = torch.cat([F.pad(line, (0, 0, 0, GAP), value=255) for line in lines], 1)
    return whole.repeat_interleave(enlarge, 1).repeat_interleave(enlarge, 2)


def mask_picture(mask: Tensor) -> Tensor:
    """Classes (H, W) → uint8 (3, H, W); what is unlabelled is black."""
    known = torch.where(mask < len(MASK_COLOURS), mask, 0).long()
    return MASK_COLOURS[known].permute(2, 0, 1)


def with_boxes(image: Tensor, wanted: Tensor, found: Tensor) -> Tensor:
    """An image uint8 (3, H, W) with two boxes (4,) as fractions of it: green what was wanted, orange what was found."""
    drawn = image.clone()
    height, width = image.shape[1:]
    for box, colour in ((wanted, WANTED), (found, FOUND)):
        x1, y1, x2, y2 = (
            (box.clamp(0, 1) * torch.tensor([width, height, width, height])).round().int().tolist()
        )
        x1, y1 = min(x1, width - 1), min(y1, height - 1)
        x2, y2 = max(x1 + 1, min(x2, width)), max(y1 + 1, min(y2, height))
        paint = torch.tensor(colour, dtype=torch.uint8)[:, None]
        for row in (y1, y2 - 1):
            drawn[:, row, x1:x2] = paint
        for column in (x1, x2 - 1):
            drawn[:, y1:y2, column] = paint
    return drawn
