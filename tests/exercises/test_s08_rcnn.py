"""Graded properties of 13.8."""

import itertools

import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import bulk_tensor

from grader.checks import agree, expect, fail, sequence, tensor

# -- 13.8.1


@st.composite
def labelled_boxes(draw, one_per_cell: bool = True):
    """boxes (n, 4) in 0..1, labels (n,), s and num_classes. No centre lies on an edge of two cells."""
    s, num_classes = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    boxes, labels, cells = [], [], set()
    for _ in range(draw(st.integers(1, 4))):
        half_w, half_h = draw(st.integers(1, 10)), draw(st.integers(1, 10))
        left, top = draw(st.integers(0, 31 - 2 * half_w)), draw(st.integers(0, 31 - 2 * half_h))
        x1, y1 = left / 32 + 1 / 128, top / 32 + 1 / 128
        cell = int((y1 + half_h / 32) * s), int((x1 + half_w / 32) * s)
        if not (one_per_cell and cell in cells):
            cells.add(cell)
            boxes.append([x1, y1, x1 + half_w / 16, y1 + half_h / 16])
            labels.append(draw(st.integers(0, num_classes - 1)))
    return torch.tensor(boxes), torch.tensor(labels), s, num_classes


def _encoded(student, boxes, labels, s, num_classes) -> torch.Tensor:
    got = student.yolo_encode(boxes, labels, s, num_classes)
    meaning = "rows, columns, and x, y, w, h, confidence and one number per class"
    return tensor(got, shape=(s, s, 5 + num_classes), what="yolo_encode", meaning=meaning)


@given(case=labelled_boxes())
def test_yolo_responsible_cell(student, case):
    """The cell in which a box's centre lies is responsible: confidence 1 there, and all other cells are zero."""
    boxes, _, s, _ = case
    got = _encoded(student, *case)
    wanted = torch.zeros(s, s)
    for x1, y1, x2, y2 in boxes.tolist():
        wanted[int((y1 + y2) / 2 * s), int((x1 + x2) / 2 * s)] = 1.0
    agree(
        got[..., 4],
        wanted,
        what="confidence at [row, column]",
        hint="The row comes from the centre's y, the column from its x; the centre is half-way between the corners.",
    )
    expect(bool((got[wanted == 0] == 0).all()), "a cell without an object is not zero", got=got)


@given(case=labelled_boxes())
def test_yolo_values(student, reference, case):
    """A responsible cell holds the centre's place in the cell, the box's size in the image, and the class one-hot."""
    boxes, labels, s, num_classes = case
    got = _encoded(student, *case)
    for (x1, y1, x2, y2), label in zip(boxes.tolist(), labels.tolist(), strict=True):
        x, y = (x1 + x2) / 2 * s, (y1 + y2) / 2 * s
        cell = got[int(y), int(x)]
        at = f"of the cell in row {int(y)}, column {int(x)}"
        agree(cell[:2], torch.tensor([x % 1, y % 1]), what=f"x, y {at}")
        agree(cell[2:4], torch.tensor([x2 - x1, y2 - y1]), what=f"w, h {at}")
        one_hot = torch.tensor([float(c == label) for c in range(num_classes)])
        agree(cell[5:], one_hot, what=f"classes {at}")
    agree(got, reference.yolo_encode(*case), what="yolo_encode")


@given(case=labelled_boxes(one_per_cell=False))
def test_yolo_values_are_fractions(student, case):
    """Nothing that yolo_encode returns lies outside 0..1, also when boxes share a cell."""
    got = _encoded(student, *case)
    outside = got[(got < 0) | (got > 1)]
    expect(len(outside) == 0, f"yolo_encode holds {outside[:1].tolist()}, wanted values in 0..1", got=got)


def test_yolo_first_box_keeps_the_cell(student):
    """When the centres of two boxes lie in one cell, the first box keeps it, with its own class only."""
    boxes = torch.tensor(
        [[0.1, 0.1, 0.3, 0.4], [0.0, 0.1, 0.7, 0.8], [0.5, 0.5, 0.9, 1.0], [0.6, 0.6, 0.8, 0.7]]
    )
    labels = torch.tensor([1, 0, 2, 0])
    both = _encoded(student, boxes, labels, 2, 3)
    first = _encoded(student, boxes[[0, 2]], labels[[0, 2]], 2, 3)  # each of them alone in its cell
    agree(
        both, first, what="the grid with a second box in each cell, against the grid of the first boxes alone"
    )


def test_yolo_encode_without_boxes(student):
    """An image without boxes gives a grid of zeros."""
    got = _encoded(student, torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64), 3, 2)
    agree(got, torch.zeros(3, 3, 7), what="yolo_encode of no boxes")


def _decoded(student, grid, threshold) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    boxes, labels, scores = sequence(student.yolo_decode(grid, threshold), 3, what="yolo_decode")
    boxes = tensor(boxes, shape=(None, 4), what="boxes", meaning="one row of 4 per object")
    labels = tensor(labels, shape=(len(boxes),), dtype="integer", what="labels", meaning="one per box")
    return boxes, labels, tensor(scores, shape=(len(boxes),), what="scores", meaning="one per box")


@st.composite
def predicted_grids(draw):
    """grid (s, s, 5 + C) as a net might predict it, without scores near the threshold; all boxes inside the image."""
    s, num_classes = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    raw = draw(bulk_tensor(s, s, 5 + num_classes, low=0, high=1))
    grid = raw * 14 / 16 + 1 / 16  # 1/16..15/16
    grid[..., 2:4] = grid[..., 2:4] / s / 8  # small enough to stay inside its cell's neighbourhood
    grid[..., :2] = 0.25 + grid[..., :2] / 2
    return grid


def _cells(grid: torch.Tensor, threshold: float) -> list[tuple[list[float], int, float]]:
    """(box, label, score) of every cell above the threshold, written out."""
    s, found = grid.shape[0], []
    for row, column in itertools.product(range(s), range(s)):
        x, y, w, h, confidence, *classes = grid[row, column].tolist()
        score, label = max(classes) * confidence, classes.index(max(classes))
        cx, cy = (column + x) / s, (row + y) / s
        if score > threshold:
            found.append(([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], label, score))
    return found


def _matched(boxes: torch.Tensor, wanted: list[list[float]]) -> list[int]:
    """For each wanted box the index of the nearest one: the order is free."""
    expect(
        len(boxes) == len(wanted), f"yolo_decode gives {len(boxes)} boxes, wanted {len(wanted)}", got=boxes
    )
    return [
        int((boxes.double() - torch.tensor(w, dtype=torch.float64)).abs().amax(1).argmin()) for w in wanted
    ]


@given(case=labelled_boxes())
def test_yolo_round_trip(student, case):
    """yolo_decode gives back the boxes and labels that yolo_encode wrote into the grid."""
    boxes, labels, s, num_classes = case
    grid = _encoded(student, boxes, labels, s, num_classes)
    got, got_labels, scores = _decoded(student, grid, 0.5)
    order = _matched(got, boxes.tolist())
    agree(got[order], boxes, what="boxes, in the order of the truths")
    agree(got_labels[order].long(), labels, what="labels, in the order of the truths")
    agree(scores, torch.ones(len(boxes)), what="scores of certain objects")


@given(grid=predicted_grids())
def test_yolo_decode_values(student, reference, grid):
    """yolo_decode turns every cell's numbers into a corner box, its most likely class, and its score."""
    best = grid[..., 5:].amax(-1, keepdim=True)
    assume(bool(((grid[..., 5:] == best).sum(-1) == 1).all()))  # no tie between two classes
    wanted = _cells(grid, -1.0)
    boxes, labels, scores = _decoded(student, grid, -1.0)
    order = _matched(boxes, [w[0] for w in wanted])
    agree(boxes[order], torch.tensor([w[0] for w in wanted]), what="boxes, row by row of the grid")
    agree(labels[order].long(), torch.tensor([w[1] for w in wanted]), what="labels, row by row of the grid")
    score = torch.tensor([w[2] for w in wanted])
    others = {"the score is the confidence alone": grid[..., 4].flatten()}
    agree(scores[order], score, what="scores, row by row of the grid", conventions=others)
    agree(boxes[order], reference.yolo_decode(grid, -1.0)[0], what="boxes, row by row of the grid")


@given(grid=predicted_grids(), threshold=st.sampled_from([0.25, 0.5, 0.1, 0.75]))
def test_yolo_decode_threshold(student, grid, threshold):
    """yolo_decode drops the cells whose score is not above the threshold, and may find nothing at all."""
    every = _decoded(student, grid, -1.0)[2]
    assume(bool(((every - threshold).abs() > 1e-4).all()))
    boxes, _, scores = _decoded(student, grid, threshold)
    wanted = every[every > threshold]
    message = f"{len(boxes)} boxes with a score above {threshold}, wanted {len(wanted)}"
    expect(len(boxes) == len(wanted), message, got=scores, wanted=wanted)
    agree(scores.sort().values, wanted.sort().values, what="the scores that are left")


def test_yolo_decode_clips(student):
    """Boxes that a net predicts beyond the image are clipped to 0..1."""
    grid = torch.zeros(2, 2, 6)
    grid[0, 0] = torch.tensor([0.5, 0.5, 1.0, 0.25, 1.0, 1.0])
    grid[1, 1] = torch.tensor([0.5, 0.5, 0.25, 2.0, 1.0, 1.0])
    boxes = _decoded(student, grid, 0.5)[0]
    wanted = [[0.0, 0.125, 0.75, 0.375], [0.625, 0.0, 0.875, 1.0]]
    agree(boxes[_matched(boxes, wanted)], torch.tensor(wanted), what="boxes")


def test_yolo_leaves_its_inputs_alone(student):
    """yolo_encode and yolo_decode do not change what they are given."""
    boxes, labels = torch.tensor([[0.1, 0.2, 0.5, 0.4], [0.6, 0.5, 1.0, 1.0]]), torch.tensor([1, 0])
    student.yolo_encode(boxes, labels, 3, 2)
    expect(not student.changed, "yolo_encode changed its input in place", got=student.changed)
    student.yolo_decode(torch.full((2, 2, 7), 0.75), 0.25)
    expect(not student.changed, "yolo_decode changed its input in place", got=student.changed)


# -- 13.8.2


@st.composite
def regions(draw, beyond: int = 0):
    """features (n, C, H, W) of different values, rois (K, 5), output_size, spatial_scale.

    Corners lie up to 2/8 of a pixel of the map beside a whole pixel, so that rounding them is not in dispute.
    beyond: how many pixels of the map a region may reach beyond it
    """
    n, channels = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    height, width = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    seed = draw(st.integers(0, 99))
    values = torch.randperm(n * channels * height * width, generator=torch.Generator().manual_seed(seed)) - 20
    scale = draw(st.sampled_from([1.0, 0.5, 0.125]))
    rows = []
    for _ in range(draw(st.integers(1, 3))):
        x1, y1 = draw(st.integers(-beyond, width - 1)), draw(st.integers(-beyond, height - 1))
        x2, y2 = draw(st.integers(x1, width - 1 + beyond)), draw(st.integers(y1, height - 1 + beyond))
        shift = [draw(st.integers(-2, 2)) / 8 for _ in range(4)]
        corners = [(c + d) / scale for c, d in zip((x1, y1, x2, y2), shift, strict=True)]
        rows.append([draw(st.integers(0, n - 1)), *corners])
    size = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return (
        values.float().reshape(n, channels, height, width),
        torch.tensor(rows, dtype=torch.float32),
        size,
        scale,
    )


def _whole(rois, scale) -> torch.Tensor:
    """The same regions with corners on whole pixels of the map: nothing needs rounding."""
    return torch.cat((rois[:, :1], (rois[:, 1:] * scale).round() / scale), dim=1)


def _brute_force(features, rois, size, scale) -> torch.Tensor:
    """The largest value of every bin, pixel by pixel."""
    _, channels, height, width = features.shape
    result = torch.zeros(len(rois), channels, *size)
    for k, (image, *box) in enumerate(rois.tolist()):
        x1, y1, x2, y2 = (int(v * scale + 100.5) - 100 for v in box)
        long, wide = max(y2 - y1 + 1, 1), max(x2 - x1 + 1, 1)
        for i, j in itertools.product(range(size[0]), range(size[1])):
            rows = [
                r + y1 for r in range(long) if (r + 1) * size[0] > i * long and r * size[0] < (i + 1) * long
            ]
            columns = [
                c + x1 for c in range(wide) if (c + 1) * size[1] > j * wide and c * size[1] < (j + 1) * wide
            ]
            inside = [(r, c) for r in rows for c in columns if 0 <= r < height and 0 <= c < width]
            if inside:
                result[k, :, i, j] = torch.stack([features[int(image), :, r, c] for r, c in inside]).amax(0)
    return result


def _library(features, rois, size, scale) -> torch.Tensor:
    from torchvision.ops import roi_pool  # imported here because it takes seconds

    wanted = roi_pool(features, rois, size, scale)
    assume(torch.equal(wanted, _brute_force(features, rois, size, scale)))  # its bins are computed in float32
    return wanted


def _pooled(student, features, rois, size, scale) -> torch.Tensor:
    got = student.roi_pool(features, rois, size, scale)
    shape = (len(rois), features.shape[1], *size)
    return tensor(got, shape=shape, what="roi_pool", meaning="regions, channels, height, width")


@given(case=regions())
def test_roi_pool_values(student, reference, case):
    """roi_pool gives the largest value of every bin, as torchvision does, for regions of any size inside the map."""
    features, rois, size, scale = case
    whole = _whole(rois, scale)
    got = _pooled(student, features, whole, size, scale)
    agree(got, _library(features, whole, size, scale), what="roi_pool")
    agree(got, reference.roi_pool(features, whole, size, scale), what="roi_pool")


@given(case=regions())
def test_roi_pool_takes_values_of_the_map(student, case):
    """Every value of roi_pool is a value of the feature map, and pooling to 1×1 gives the maximum of the region."""
    features, rois, size, scale = case
    rois = torch.cat((rois[:, :1], (rois[:, 1:] * scale).round()), dim=1)
    got = _pooled(student, features, rois, size, 1.0)
    known = torch.isin(got.float(), features)
    hint = "Take the maximum of whole pixels; nothing is interpolated or averaged."
    expect(
        bool(known.all()),
        "roi_pool gives values that the feature map does not hold",
        got=got,
        wanted=features,
        hint=hint,
    )
    one = _pooled(student, features, rois, (1, 1), 1.0)
    for k, (image, x1, y1, x2, y2) in enumerate(rois.int().tolist()):
        wanted = features[image, :, y1 : y2 + 1, x1 : x2 + 1].amax((1, 2))
        agree(one[k, :, 0, 0].float(), wanted, what=f"maximum of region {k}")


def test_roi_pool_known_value(student):
    """On the map 0..15 of 4×4 pixels, two regions pooled to 2×2 give [[5, 6], [9, 10]] and [[9, 11], [13, 15]]."""
    features = torch.arange(16.0).reshape(1, 1, 4, 4)
    rois = torch.tensor([[0.0, 0, 0, 20, 20], [0.0, 0, 10, 30, 30]])
    wanted = torch.tensor([[[5.0, 6], [9, 10]], [[9, 11], [13, 15]]])[:, None]
    agree(_pooled(student, features, rois, (2, 2), 0.1), wanted, what="roi_pool")


@given(case=regions())
def test_roi_pool_rounds_corners(student, case):
    """The scaled corners of a region are rounded to the nearest pixel of the map."""
    got = _pooled(student, *case)
    agree(
        got,
        _library(*case),
        what="roi_pool",
        hint="Round the scaled corners to the nearest whole number; don't cut off their fractions and don't round outwards.",
    )


@given(case=regions(beyond=4))
def test_roi_pool_beyond_the_map(student, case):
    """Bins are cut off at the edges of the map, and a bin that lies outside entirely is 0."""
    features, rois, size, scale = case
    whole = _whole(rois, scale)
    wanted = _library(features, whole, size, scale)
    agree(
        _pooled(student, features, whole, size, scale),
        wanted,
        what="roi_pool of a region that reaches beyond the map",
    )


def test_roi_pool_without_regions(student):
    """No regions give an empty result of shape (0, C, height, width)."""
    _pooled(student, torch.ones(1, 2, 4, 4), torch.zeros(0, 5), (2, 3), 1.0)


@given(case=regions())
def test_roi_pool_gradient(student, case):
    """Every output sends its gradient to the pixel of the map that it was taken from."""
    features, rois, size, scale = case
    rois = _whole(rois, scale)
    values = _library(features, rois, size, scale)
    found = student.vjp("roi_pool", features, rois, size, scale)
    gradient = sequence(found.inputs, 2)[0]
    if gradient is None:
        fail(
            "no gradient reaches the features",
            hint="torch.tensor(...), .item() and numpy cut the graph; stack tensors instead.",
        )
    gradient = tensor(gradient, shape=features.shape, what="the gradient of the features")
    wanted = torch.zeros_like(features)
    for (image, *_), pooled in zip(rois.tolist(), values, strict=True):
        for channel, window in enumerate(pooled):
            for value in window.flatten():
                wanted[int(image), channel][features[int(image), channel] == value] += 1
    agree(gradient, wanted, what="the gradient of the features")


def test_roi_pool_is_your_own(student):
    """roi_pool is written with tensor operations, not by calling torchvision's."""
    features, rois = torch.arange(16.0).reshape(1, 1, 4, 4), torch.tensor([[0.0, 0.0, 0.0, 2.0, 2.0]])
    student.support.begin_watch()
    try:
        student.roi_pool(features, rois, (2, 2), 1.0)
    finally:
        names = student.support.end_watch()
    used = [n for n in names if "roi_" in n] if isinstance(names, list) else []
    expect(
        not used, f"roi_pool calls {', '.join(map(str, used))}: here it is to be written by hand", got=used
    )


def test_roi_pool_leaves_its_inputs_alone(student):
    """roi_pool does not change the features or the regions."""
    student.roi_pool(
        torch.arange(16.0).reshape(1, 1, 4, 4), torch.tensor([[0.0, 8, 0, 24, 20]]), (2, 2), 0.125
    )
    expect(not student.changed, "roi_pool changed its input in place", got=student.changed)
