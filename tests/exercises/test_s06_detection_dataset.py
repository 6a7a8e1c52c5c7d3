"""Graded properties of 13.6."""

import io
import re

import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from strategies import corner_boxes

from grader.checks import agree, expect, fail, mapping, number, sequence, tensor
from grader.compare import difference
from grader.errors import Crashed
from grader.subject import StudentObject

# -- 13.6.1: a small data set with the real layout

# The rows are sorted neither as text nor as numbers, and the box of a row is what its image shows.
TRAIN = {"7.png": (20, 40, 120, 90), "10.png": (128, 16, 160, 200), "2.png": (5, 100, 255, 140)}
VALID = {"3.png": (60, 30, 100, 220), "1.png": (0, 0, 64, 32)}


def _picture(box: tuple[int, ...]) -> Image.Image:
    """A blue picture, darker in its left half, with a yellow box."""
    image = Image.new("RGB", (256, 256), (10, 40, 200))
    image.paste((5, 20, 100), (0, 0, 128, 256))
    image.paste((250, 220, 30), box)
    return image


def _pixels(box: tuple[int, ...]) -> torch.Tensor:
    """What `_picture` shows, (3, 256, 256), written without PIL."""
    image = torch.tensor([10, 40, 200], dtype=torch.uint8)[:, None, None].repeat(1, 256, 256)
    image[:, :, :128] = torch.tensor([5, 20, 100], dtype=torch.uint8)[:, None, None]
    x1, y1, x2, y2 = box
    image[:, y1:y2, x1:x2] = torch.tensor([250, 220, 30], dtype=torch.uint8)[:, None, None]
    return image


def _part(name: str, rows: dict[str, tuple[int, ...]]) -> dict[str, bytes]:
    lines = [
        "img_name,label,xmin,ymin,xmax,ymax",
        *(f"{n},0,{','.join(map(str, box))}" for n, box in rows.items()),
    ]
    files = {f"{name}/label.csv": "\n".join([*lines, ""]).encode()}
    for image_name, box in rows.items():
        buffer = io.BytesIO()
        _picture(box).save(buffer, format="PNG")
        files[f"{name}/images/{image_name}"] = buffer.getvalue()
    return files


FILES = _part("bananas_train", TRAIN) | _part("bananas_val", VALID)
LABELS = torch.tensor([[[0.0, *box]] for box in TRAIN.values()]) / 256


def _read(student, root: str, is_train: bool, rows: dict[str, tuple[int, ...]]) -> tuple[list, object]:
    """(images, labels); the images may also come as one tensor."""
    images, labels = sequence(student.read_data_bananas(root, is_train), 2, what="read_data_bananas")
    images = list(images) if isinstance(images, torch.Tensor) and images.ndim == 4 else images
    return sequence(images, len(rows), what="the images"), labels


def _same_picture(got: object, wanted: torch.Tensor, what: str) -> None:
    got = tensor(got, shape=(3, 256, 256), dtype=None, what=what).double()
    scaled = {"values are scaled to 0..1 while reading": wanted.double() / 255}
    agree(got, wanted.double(), what=what, conventions=scaled)


def test_images_are_read_in_order(student):
    """The training images come as (3, 256, 256) tensors of 0..255, in the order of the rows of label.csv."""
    images, _ = _read(student, student.write_files(FILES), True, TRAIN)
    for (name, box), image in zip(TRAIN.items(), images, strict=True):
        _same_picture(image, _pixels(box), f"image {name}")


def test_labels_are_read(student):
    """The labels have shape (n, 1, 5): class, x1, y1, x2, y2 divided by 256, in the order of the rows."""
    _, labels = _read(student, student.write_files(FILES), True, TRAIN)
    got = tensor(
        labels, shape=(3, 1, 5), what="the labels", meaning="one box of (class, x1, y1, x2, y2) per image"
    )
    agree(got, LABELS, what="the labels", hint=_label_hint(got))


def _label_hint(got: torch.Tensor) -> str | None:
    known = {
        "These are pixels: divide by 256.": LABELS * 256,
        "These labels have been divided by 256 twice.": LABELS / 256,
        "x and y are swapped: the columns are label, xmin, ymin, xmax, ymax.": LABELS[..., [0, 2, 1, 4, 3]],
    }
    return next((hint for hint, wrong in known.items() if difference(got, wrong) is None), None)


def test_validation_part_is_read(student):
    """With is_train=False the validation part is read."""
    images, labels = _read(student, student.write_files(FILES), False, VALID)
    for (name, box), image in zip(VALID.items(), images, strict=True):
        _same_picture(image, _pixels(box), f"validation image {name}")
    tensor(labels, shape=(2, 1, 5), what="the validation labels")


def test_dataset_gives_images_and_labels(student):
    """BananasDataset knows its length; element i is the float image and the label of row i."""
    root = student.write_files(FILES)
    _, own = _read(student, root, True, TRAIN)
    for is_train, rows in ((True, TRAIN), (False, VALID)):
        data = _dataset(student, root, is_train)
        expect(
            data.call("__len__") == len(rows), f"is_train={is_train}: the length is wrong, wanted {len(rows)}"
        )
    data = _dataset(student, root, True)
    for i, box in enumerate(TRAIN.values()):
        image, label = sequence(data.call("__getitem__", i), 2, what=f"element {i}")
        tensor(image, shape=(3, 256, 256), dtype="floating", what=f"the image of element {i}")
        _same_picture(image, _pixels(box), f"the image of element {i}")
        label = tensor(label, shape=(1, 5), what=f"the label of element {i}")
        # Wrong labels are judged where they are read; here they only have to belong to the image.
        if not (
            isinstance(own, torch.Tensor) and len(own) == len(TRAIN) and difference(label, own[i]) is None
        ):
            agree(label, LABELS[i], what=f"the label of element {i}")


def test_dataset_fits_a_loader(student):
    """A DataLoader makes batches of images (n, 3, 256, 256) and labels (n, 1, 5) from the data set."""
    data = _dataset(student, student.write_files(FILES), True)
    images, labels = sequence(student.support.first_batch(data, 2), 2, what="a batch")
    tensor(images, shape=(2, 3, 256, 256), what="the images of a batch")
    tensor(labels, shape=(2, 1, 5), what="the labels of a batch")


def _dataset(student, root: str, is_train: bool) -> StudentObject:
    data = student.BananasDataset(root, is_train)
    expect(
        isinstance(data, StudentObject), "BananasDataset is not a class whose objects can be asked", got=data
    )
    return data


def _error_of(student, files: dict[str, bytes], what: str) -> str:
    """The error with which the student's code refuses broken files."""
    try:
        got = student.read_data_bananas(student.write_files(files), True)
    except Crashed as error:
        return f"{error.kind}: {error.message}"
    return fail(f"{what}, and no error was raised", got=got)


def _without_image() -> dict[str, bytes]:
    return {name: data for name, data in FILES.items() if name != "bananas_train/images/10.png"}


def _with_row(row: str) -> dict[str, bytes]:
    table = FILES["bananas_train/label.csv"].decode()
    return FILES | {"bananas_train/label.csv": table.replace("10.png,0,128,16,160,200", row).encode()}


BROKEN = ("10.png,0,128,,160,200", "10.png,0,128,16,160,wide", "10.png,0,128,16")


def test_missing_image_is_an_error(student):
    """A row whose image does not exist is an error and not skipped."""
    _read(student, student.write_files(FILES), True, TRAIN)
    _error_of(student, _without_image(), "the image 10.png does not exist")


def test_broken_row_is_an_error(student):
    """A row with a missing number, or with something that is no number, is an error and not passed on."""
    _read(student, student.write_files(FILES), True, TRAIN)
    for row in BROKEN:
        _error_of(student, _with_row(row), f"label.csv has the broken row {row!r}")


def test_errors_name_the_culprit(student):
    """Bonus: the error names the image that is missing, or the row that is broken."""
    _read(student, student.write_files(FILES), True, TRAIN)
    said = _error_of(student, _without_image(), "the image 10.png does not exist")
    expect(
        "10.png" in said, f"the image 10.png does not exist, and the error does not name it: {said[:200]!r}"
    )
    for row in BROKEN:
        said = _error_of(student, _with_row(row), f"label.csv has the broken row {row!r}")
        named = re.search(r"10\.png|(line|row|行)\D{0,6}\d|\.csv:\d", said)
        expect(
            named is not None, f"the row {row!r} is broken, and the error does not name it: {said[:200]!r}"
        )


@given(boxes=corner_boxes(most=3, low=0, high=1))
def test_box_statistics_values(student, reference, boxes):
    """Area, width/height and the spread of the centres equal those computed by hand."""
    labels = torch.cat((torch.zeros(len(boxes), 1), boxes), dim=1)[:, None]
    got = mapping(student.box_statistics(labels), ("area", "aspect", "spread"), what="box_statistics")
    rows = [(x2 - x1, y2 - y1, (x1 + x2) / 2, (y1 + y2) / 2) for x1, y1, x2, y2 in boxes.tolist()]
    agree(_vector(got["area"], len(rows), "area"), torch.tensor([w * h for w, h, _, _ in rows]), what="area")
    inverse = {"height / width": torch.tensor([h / w for w, h, _, _ in rows])}
    aspect = torch.tensor([w / h for w, h, _, _ in rows])
    agree(_vector(got["aspect"], len(rows), "aspect"), aspect, what="aspect", conventions=inverse)
    spread = torch.tensor([_deviation([row[axis] for row in rows]) for axis in (2, 3)])
    unbiased = (
        {"squares divided by n - 1": spread * (len(rows) / (len(rows) - 1)) ** 0.5} if len(rows) > 1 else {}
    )
    agree(_vector(got["spread"], 2, "spread"), spread, what="spread", conventions=unbiased)
    wanted = reference.box_statistics(labels)
    agree(
        [_vector(got[k], len(v), k) for k, v in wanted.items()],
        list(wanted.values()),
        what="area, aspect, spread",
    )


def _deviation(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return (sum((v - mean) ** 2 for v in values) / len(values)) ** 0.5


def _vector(value: object, length: int, what: str) -> torch.Tensor:
    """One number per box; a list is as good as a tensor."""
    if isinstance(value, (list, tuple)):
        value = torch.tensor([number(v, what=f"a value of {what}") for v in value])
    return tensor(value, shape=(length,), what=what)


# -- 13.6.2

SEEDS = st.integers(0, 10_000)


def _chart(height: int, width: int) -> torch.Tensor:
    """(3, height, width) in which every pixel tells its column (channel 0) and its row (channel 1)."""
    image = torch.zeros(3, height, width)
    image[0], image[1], image[2] = torch.arange(float(width)), torch.arange(float(height))[:, None], 0.5
    return image


@st.composite
def pixel_boxes(draw, height: int, width: int, least: int = 1, core: tuple[int, int, int, int] | None = None):
    """(n, 4) boxes with whole-pixel edges inside the image; each shares a pixel with `core` if given."""
    left, top, right, bottom = core or (0, 0, width, height)
    boxes = []
    for _ in range(draw(st.integers(least, 3))):
        x1, y1 = draw(st.integers(0, right - 1)), draw(st.integers(0, bottom - 1))
        x2 = draw(st.integers(max(x1, left) + 1, width))
        y2 = draw(st.integers(max(y1, top) + 1, height))
        boxes.append([x1, y1, x2, y2])
    return torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)


@st.composite
def boxes_in_image(draw, least: int = 1, narrowest: int = 1):
    """(height, width) of an image, and `pixel_boxes` in it."""
    height, width = draw(st.integers(1, 5)), draw(st.integers(narrowest, 6))
    return (height, width), draw(pixel_boxes(height, width, least))


def _crop(student, image, boxes, size, min_visible, seed):
    """The student's crop: (left, top) read off the pixels, boxes, labels."""
    labels = torch.arange(len(boxes)) + 5
    got = student.at_seed(seed).random_crop_with_boxes(image, boxes, labels, size, min_visible=min_visible)
    window, kept, names = sequence(got, 3, what="random_crop_with_boxes")
    window = tensor(window, shape=(3, *size), what="the crop", meaning="(channels, height, width)")
    left, top = float(window[0, 0, 0]), float(window[1, 0, 0])
    corners = [
        (x, y) for x in range(image.shape[2] - size[1] + 1) for y in range(image.shape[1] - size[0] + 1)
    ]
    expect((left, top) in corners, "the crop is not a window of the image", got=window)
    left, top = int(left), int(top)
    wanted = image[:, top : top + size[0], left : left + size[1]]
    agree(window, wanted, what=f"the crop that begins at row {top}, column {left}")
    kept = tensor(kept, shape=(None, 4), what="the boxes of the crop")
    return (
        (left, top),
        kept.float(),
        tensor(names, shape=(None,), dtype="integer", what="the labels of the crop").long(),
    )


def _expected(boxes: torch.Tensor, corner: tuple[int, int], size: tuple[int, int], min_visible: float):
    """(boxes, labels) that stay, box by box."""
    stay, names = [], []
    for name, (x1, y1, x2, y2) in enumerate(boxes.tolist(), start=5):
        (left, top), (height, width) = corner, size
        a, c = max(x1 - left, 0), min(x2 - left, width)
        b, d = max(y1 - top, 0), min(y2 - top, height)
        if max(c - a, 0) * max(d - b, 0) >= min_visible * (x2 - x1) * (y2 - y1):
            stay.append([a, b, c, d])
            names.append(name)
    return torch.tensor(stay, dtype=torch.float32).reshape(-1, 4), torch.tensor(names, dtype=torch.int64)


@given(
    size=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    more=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    seed=SEEDS,
)
def test_crop_is_a_window(student, size, more, seed):
    """The crop has the wanted size and shows a window of the image."""
    image = _chart(size[0] + more[0], size[1] + more[1])
    _crop(student, image, torch.tensor([[0.0, 0.0, 1.0, 1.0]]), size, 0.5, seed)


def test_every_window_can_come(student):
    """Every window that fits can be drawn, the first and the last ones too."""
    image, box = _chart(4, 5), torch.tensor([[0.0, 0.0, 5.0, 4.0]])
    missing = {(left, top) for left in (0, 1) for top in (0, 1)}
    for seed in range(100):  # a right answer misses one of the four with probability 4·(3/4)^100 < 1e-11
        missing.discard(_crop(student, image, box, (3, 4), 0.1, seed)[0])
        if not missing:
            return
    fail(f"in 100 crops of 3×4 from 4×5, no window began at (column, row) {sorted(missing)}")


@given(boxes=pixel_boxes(8, 9, core=(2, 2, 7, 6)), seed=SEEDS)
def test_boxes_follow_the_crop(student, boxes, seed):
    """Boxes are shifted by the window's corner and clipped to it, so they enclose the same pixels."""
    size = (6, 7)
    corner, got, _ = _crop(student, _chart(8, 9), boxes, size, 0.01, seed)
    wanted, _ = _expected(boxes, corner, size, 0.01)
    shape = tuple(wanted.shape)
    tensor(got, shape=shape, what="the boxes of the crop", meaning="all boxes are visible and stay")
    agree(got, wanted, what="the boxes of the crop", hint=_box_hint(got, boxes, corner, size))


def _box_hint(
    got: torch.Tensor, boxes: torch.Tensor, corner: tuple[int, int], size: tuple[int, int]
) -> str | None:
    limits = torch.tensor([size[1], size[0]] * 2)
    known = {
        "These are coordinates of the whole image: subtract the corner of the window.": boxes,
        "The boxes were clipped and not shifted: subtract the corner of the window first.": boxes.minimum(
            limits
        ),
        "The boxes leave the crop: clip them to its size.": boxes - torch.tensor(corner * 2),
    }
    return next((hint for hint, wrong in known.items() if difference(got, wrong.float()) is None), None)


# No box of at most 72 pixels is visible by exactly one of these fractions, so `<` and `<=` agree.
FRACTIONS = st.sampled_from((0.31, 0.57, 0.73))


@given(boxes=pixel_boxes(8, 9), min_visible=FRACTIONS, seed=SEEDS)
def test_hidden_boxes_are_dropped(student, reference, boxes, min_visible, seed):
    """A box stays exactly if min_visible of its own area lies inside the window."""
    image, size = _chart(8, 9), (4, 5)
    corner, got, _ = _crop(student, image, boxes, size, min_visible, seed)
    wanted, _ = _expected(boxes, corner, size, min_visible)
    if len(got) == len(wanted):
        return
    shares = [f"{_share(box, corner, size):.2f}" for box in boxes.tolist()]
    fail(
        f"{len(got)} boxes stay, wanted {len(wanted)}: the window begins at {corner}, "
        f"min_visible is {min_visible}, and the visible shares of the boxes are {', '.join(shares)}",
        got=got,
        wanted=wanted,
    )


@given(seed=SEEDS)
def test_sensible_min_visible_by_default(student, seed):
    """Without min_visible, a box that is wholly visible stays and one that is wholly hidden is dropped."""
    boxes = torch.tensor([[x, 0.0, x + 1, 1.0] for x in range(4)])
    got = student.at_seed(seed).random_crop_with_boxes(_chart(1, 4), boxes, torch.arange(4), (1, 2))
    window, kept, _ = sequence(got, 3, what="random_crop_with_boxes")
    tensor(window, shape=(3, 1, 2), what="the crop")
    tensor(
        kept, shape=(2, 4), what="the boxes", meaning="two of the four boxes are visible, wholly, and stay"
    )


def _share(box: list[float], corner: tuple[int, int], size: tuple[int, int]) -> float:
    x1, y1, x2, y2 = box
    w = min(x2, corner[0] + size[1]) - max(x1, corner[0])
    h = min(y2, corner[1] + size[0]) - max(y1, corner[1])
    return max(w, 0) * max(h, 0) / ((x2 - x1) * (y2 - y1))


@given(boxes=pixel_boxes(8, 9), min_visible=FRACTIONS, seed=SEEDS)
def test_labels_stay_with_their_boxes(student, boxes, min_visible, seed):
    """Each box that stays keeps its label, and the labels of dropped boxes are dropped."""
    size = (4, 5)
    corner, got, names = _crop(student, _chart(8, 9), boxes, size, min_visible, seed)
    expect(len(names) == len(got), f"{len(names)} labels for {len(got)} boxes", got=names)
    _, wanted = _expected(boxes, corner, size, min_visible)
    if len(names) == len(wanted):  # otherwise another check says that the wrong boxes were dropped
        agree(names, wanted, what="the labels of the crop")


@given(seed=SEEDS)
def test_crop_without_boxes(student, seed):
    """An image without boxes, or a window that shows none of them, gives boxes (0, 4) and labels (0,)."""
    _, got, names = _crop(student, _chart(5, 6), torch.zeros(0, 4), (3, 4), 0.5, seed)
    expect(len(got) == 0 and len(names) == 0, "boxes or labels came out of none", got=got)
    corner, got, names = _crop(student, _chart(8, 9), torch.tensor([[8.0, 7.0, 9.0, 8.0]]), (2, 2), 0.5, seed)
    if corner != (7, 6):
        expect(len(got) == 0 and len(names) == 0, "a box outside the window came out", got=got)


def _flip(student, image: torch.Tensor, boxes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    turned, moved = sequence(student.hflip_with_boxes(image, boxes), 2, what="hflip_with_boxes")
    turned = tensor(turned, shape=image.shape, what="the mirrored image")
    return turned, tensor(moved, shape=boxes.shape, what="the mirrored boxes").float()


@given(scene=boxes_in_image(least=0, narrowest=3))
def test_flip_moves_image_and_boxes(student, reference, scene):
    """Image and boxes are mirrored left to right: x1 becomes W − x2, and x2 becomes W − x1."""
    (height, width), boxes = scene
    image = _chart(height, width)
    turned, moved = _flip(student, image, boxes)
    agree(turned, image[:, :, torch.arange(width - 1, -1, -1)], what="the mirrored image")
    by_index = reference.hflip_with_boxes(image, boxes)[1] - torch.tensor([1.0, 0.0, 1.0, 0.0])
    conventions = {"edges are pixel indices, mirrored as W − 1 − x": by_index} if len(boxes) else {}
    agree(
        moved, reference.hflip_with_boxes(image, boxes)[1], what="the mirrored boxes", conventions=conventions
    )


@given(scene=boxes_in_image())
def test_flipped_box_encloses_its_object(student, scene):
    """A box that encloses a painted object still encloses it, to the pixel, after the flip."""
    (height, width), boxes = scene
    box = boxes[:1]
    turned, moved = _flip(student, _painted(height, width, box), box)
    x1, y1, x2, y2 = moved[0].tolist()
    inside = 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height
    expect(inside, "the mirrored box has no area, or leaves the image", got=moved)
    agree(turned, _painted(height, width, moved), what="the mirrored image, painted from the mirrored box")


def _painted(height: int, width: int, boxes: torch.Tensor) -> torch.Tensor:
    image = torch.zeros(1, height, width)
    x1, y1, x2, y2 = boxes[0].round().int().tolist()
    image[:, y1:y2, x1:x2] = 1.0
    return image


@given(boxes=pixel_boxes(4, 5))
def test_flip_twice_is_nothing(student, boxes):
    """Flipping twice gives the image and the boxes back."""
    image = _chart(4, 5)
    again = _flip(student, *_flip(student, image, boxes))
    agree(again, [image, boxes], what="(image, boxes) after two flips")


@given(boxes=pixel_boxes(4, 5), seed=SEEDS)
def test_augmentations_leave_their_inputs_alone(student, boxes, seed):
    """Cropping and flipping return new tensors and do not change image, boxes or labels."""
    image, labels = _chart(4, 5), torch.arange(len(boxes))
    student.at_seed(seed).random_crop_with_boxes(image, boxes, labels, (3, 3), min_visible=0.5)
    expect(not student.changed, f"random_crop_with_boxes changed {' and '.join(student.changed)} in place")
    student.hflip_with_boxes(image, boxes)
    expect(not student.changed, f"hflip_with_boxes changed {' and '.join(student.changed)} in place")
