"""Generated inputs that several sections share.

Coordinates lie on a coarse grid (multiples of 1/16): sums and halves of them are exact, and a shrunk
counterexample reads well. The strategies shrink towards few boxes, the origin and small numbers.
"""

import torch
from hypothesis import strategies as st
from torch import Tensor

GRID = 16


def coordinates(low: int, high: int) -> st.SearchStrategy[float]:
    """Multiples of 1/16 in low..high."""
    return st.integers(low * GRID, high * GRID).map(lambda k: k / GRID)


@st.composite
def corner_box(draw, low: int = -1, high: int = 2) -> list[float]:
    """One box (x1, y1, x2, y2) of positive area; thin, large and partly negative ones occur."""
    x1, y1 = draw(coordinates(low, high)), draw(coordinates(low, high))
    sizes = st.integers(1, 2 * GRID).map(lambda k: k / GRID)
    w, h = draw(sizes), draw(sizes)
    return [x1, y1, x1 + w, y1 + h]


@st.composite
def corner_boxes(draw, least: int = 1, most: int = 6, low: int = -1, high: int = 2) -> Tensor:
    """(n, 4) float32 corner boxes, least ≤ n ≤ most; identical, nested, touching and far-apart ones occur."""
    boxes: list[list[float]] = []
    for _ in range(draw(st.integers(least, most))):
        relatives = ["fresh"] if not boxes else ["fresh", "same", "nested", "touching"]
        kind = draw(st.sampled_from(relatives))
        if kind == "fresh":
            boxes.append(draw(corner_box(low, high)))
            continue
        x1, y1, x2, y2 = draw(st.sampled_from(boxes))
        w, h = x2 - x1, y2 - y1
        boxes.append({
            "same": [x1, y1, x2, y2],
            "nested": [x1 + w / 4, y1 + h / 4, x2 - w / 4, y2 - h / 4],
            "touching": [x2, y1, x2 + w, y2],
        }[kind])  # fmt: skip
    return torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)


@st.composite
def center_boxes(draw, least: int = 1, most: int = 6) -> Tensor:
    """(n, 4) float32 boxes (cx, cy, w, h) of positive size."""
    x1, y1, x2, y2 = draw(corner_boxes(least, most)).unbind(-1)
    return torch.stack(((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1), dim=-1)


def small_ints(least: int = 1, most: int = 4) -> st.SearchStrategy[int]:
    return st.integers(least, most)


@st.composite
def grid_tensor(draw, *shape: int, low: int = -2, high: int = 2) -> Tensor:
    """A float32 tensor of this shape with values on the coarse grid."""
    count = 1
    for size in shape:
        count *= size
    values = draw(st.lists(coordinates(low, high), min_size=count, max_size=count))
    return torch.tensor(values, dtype=torch.float32).reshape(shape)


@st.composite
def bulk_tensor(draw, *shape: int, low: int = -2, high: int = 2) -> Tensor:
    """Like `grid_tensor`, from a single draw: many times faster for more than about ten values; shrinks towards 0."""
    count = 1
    for size in shape:
        count *= size
    steps = torch.tensor(list(draw(st.binary(min_size=count, max_size=count))), dtype=torch.float32)
    steps = (steps - low * GRID) % ((high - low) * GRID + 1) + low * GRID  # byte 0 becomes the value 0
    return (steps / GRID).reshape(shape)
