"""Graded properties of 13.9."""

import io

import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from strategies import small_ints

from grader.checks import Tolerance, agree, expect, fail, sequence, tensor

IGNORED = 255
BLOCKS = torch.tensor(
    [
        [1, 1, 0, 0, 1, 0],
        [0, 1, 0, 0, 0, 1],
        [1, 0, 0, 1, 0, 0],
        [0, 0, 1, 1, 0, 1],
        [1, 1, 0, 1, 0, 0],
        [0, 1, 1, 0, 0, 0],
    ]
)
CLASS = 15  # of the bright blocks: classes between 0 and 15 can only come from averaging


def _voc_colours(count: int = 21) -> torch.Tensor:
    """(count, 3): the palette by its rule. Bit 3i+c of a class index becomes bit 7−i of colour channel c."""
    colours = torch.zeros(count, 3, dtype=torch.int64)
    for index in range(count):
        for bit in range(8):
            colours[index, bit % 3] |= (index >> bit & 1) << (7 - bit // 3)
    return colours


def _positions(colours: torch.Tensor) -> torch.Tensor:
    """(..., 3) red, green, blue → place in the table."""
    return colours @ torch.tensor([65536, 256, 1])


def _table() -> torch.Tensor:
    """The look-up table in one byte per colour, so that it is quick to send."""
    table = torch.zeros(256**3, dtype=torch.uint8)
    table[_positions(_voc_colours())] = torch.arange(21, dtype=torch.uint8)
    return table


def _named(index: int) -> str:
    return f"class {index}, colour {tuple(_voc_colours()[index].tolist())}"


def _expect_classes(got: torch.Tensor, wanted: torch.Tensor, table: torch.Tensor) -> None:
    """Name the first wrong class, or that blue was read for red."""
    if torch.equal(got.long(), wanted):
        return
    if torch.equal(got.long(), table[_positions(_voc_colours()[wanted].flip(-1))].long()):
        fail("red and blue are swapped: the channels were read as BGR", got=got, wanted=wanted)
    at = int((got.long() != wanted).flatten().int().argmax())
    value, index = got.flatten()[at].item(), int(wanted.flatten()[at])
    fail(f"{_named(index)}, was given {value}", got=got, wanted=wanted)


# -- 13.9.2: files


def _jpeg(colour: tuple[int, int, int], size: tuple[int, int]) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "JPEG", quality=95)
    return stream.getvalue()


def _palette_png(mask: torch.Tensor) -> bytes:
    """As in the data set: a palette image whose 256 colours follow the palette's rule."""
    picture = Image.fromarray(mask.to(torch.uint8).numpy(), mode=None).convert("P")
    picture.putdata(mask.flatten().tolist())
    picture.putpalette(_voc_colours(256).flatten().tolist())
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


_PICTURES = {  # name → colour of the photo, mask
    "2007_000333": ((200, 30, 60), torch.tensor([[0, 15, 255], [1, 1, 20]])),
    "2007_000032": ((10, 140, 220), torch.tensor([[2, 0], [0, 7], [255, 3]])),
    "2008_000123": ((90, 90, 20), torch.tensor([[0, 12, 12, 4]])),
}


def _voc_folder(student) -> str:
    files = {
        "ImageSets/Segmentation/train.txt": b"2007_000333\n2007_000032\n",
        "ImageSets/Segmentation/val.txt": b"2008_000123\n",
    }
    for name, (colour, mask) in _PICTURES.items():
        files[f"JPEGImages/{name}.jpg"] = _jpeg(colour, (mask.shape[1], mask.shape[0]))
        files[f"SegmentationClass/{name}.png"] = _palette_png(mask)
    return student.write_files(files)


def test_voc_folder_is_read(student):
    """read_voc_images reads the pictures and colour maps that train.txt or val.txt names, in that order."""
    folder = _voc_folder(student)
    for is_train, names in ((True, ["2007_000333", "2007_000032"]), (False, ["2008_000123"])):
        features, labels = sequence(student.read_voc_images(folder, is_train), 2, what="read_voc_images")
        features = sequence(features, len(names), what=f"features for is_train={is_train}")
        labels = sequence(labels, len(names), what=f"labels for is_train={is_train}")
        for name, feature, label in zip(names, features, labels, strict=True):
            colour, mask = _PICTURES[name]
            shape = (3, *mask.shape)
            photo = tensor(
                feature, shape, dtype="integer", what=f"feature of {name}", meaning="channels, height, width"
            )
            colours = tensor(
                label, shape, dtype="integer", what=f"label of {name}", meaning="red, green, blue"
            )
            flat = torch.tensor(colour).reshape(3, 1, 1).expand(shape)
            # JPEG is lossy, and decoders round differently.
            agree(photo.double(), flat.double(), what=f"feature of {name}", within=Tolerance(0, 8))
            agree(colours.long(), _voc_colours(256)[mask].permute(2, 0, 1), what=f"label of {name}")


# -- 13.9.2: colours and classes


def test_table_maps_the_palette(student):
    """voc_colormap2label holds the class of each of the 21 colours at (R·256 + G)·256 + B, elsewhere none."""
    table = student.voc_colormap2label()
    table = tensor(
        table, (256**3,), dtype="integer", what="voc_colormap2label", meaning="one entry per colour"
    )
    colours = _voc_colours()
    _expect_classes(table[_positions(colours)], torch.arange(21), _table())
    others = set(table.nonzero().flatten()[:1000].tolist()) - set(_positions(colours).tolist())
    for at in sorted(p for p in others if int(table[p]) != IGNORED):
        colour = (at >> 16, at >> 8 & 255, at & 255)
        fail(f"colour {colour} is no class of the palette, was given {int(table[at])}, wanted 0 or 255")


def test_colours_become_classes(student):
    """voc_label_indices gives every pixel of a (3, H, W) colour map the class of its colour."""
    mask = ((torch.arange(24) * 5) % 21).reshape(3, 8)  # all 21 classes
    colours = _voc_colours()[mask]
    table = _table()
    colormap = colours.permute(2, 0, 1).to(torch.uint8).contiguous()
    got = student.voc_label_indices(colormap, table)
    got = tensor(got, (3, 8), dtype="integer", what="voc_label_indices", meaning="one class per pixel")
    _expect_classes(got, mask, table)


# -- 13.9.2: the crop


def _numbered(height: int, width: int, constant: int = 7) -> torch.Tensor:
    """(3, H, W): every pixel holds its row, its column and a constant."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack((rows, columns, torch.full_like(rows, constant)))


def _window(whole: torch.Tensor, part: torch.Tensor, what: str) -> tuple[int, int]:
    """Where a window of a numbered image was cut out; it has to be a connected window of it."""
    height, width = part.shape[1:]
    top, left = int(part[0, 0, 0]), int(part[1, 0, 0])
    inside = 0 <= top <= whole.shape[1] - height and 0 <= left <= whole.shape[2] - width
    expect(
        inside and torch.equal(part.long(), whole[:, top : top + height, left : left + width]),
        f"{what} is not a window of the {what} that was given",
        got=part,
        wanted=whole,
    )
    return top, left


def _crop(
    student, height: int, width: int, h: int, w: int
) -> tuple[tuple[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
    """(image, its window) and (label, its window)."""
    whole, colours = _numbered(height, width), _numbered(height, width, 9)
    cut = student.voc_rand_crop(whole.float(), colours.to(torch.uint8), h, w)
    image, label = sequence(cut, 2, what="voc_rand_crop")
    image = tensor(image, (3, h, w), dtype=None, what="the cropped image")
    return (whole, image), (colours, tensor(label, (3, h, w), dtype=None, what="the cropped label"))


@given(h=small_ints(1, 3), w=small_ints(1, 4), more=st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_crop_takes_the_same_window(student, h, w, more):
    """voc_rand_crop cuts the same window of h×w pixels out of the image and its label."""
    image, label = _crop(student, h + more[0], w + more[1], h, w)
    window, of_label = _window(*image, "image"), _window(*label, "label")
    expect(
        window == of_label,
        f"the image was cut at (row, column) {window}, its label at {of_label}: draw one window for both",
    )


def test_crop_reaches_every_window(student):
    """voc_rand_crop draws its window anew each time, and every window can be drawn, also the last one."""
    seen = set()
    # Four windows of equal chance: 80 draws miss one with probability 4·(3/4)^80 < 1e-9.
    for draw in range(80):
        image, _ = _crop(student.at_seed(draw), 3, 5, 2, 4)
        seen.add(_window(*image, "image"))
    every = {(top, left) for top in (0, 1) for left in (0, 1)}
    missing = sorted(every - seen)
    expect(
        not missing,
        f"a 2×4 window of a 3×5 image was never cut at (row, column) {missing}",
        got=sorted(seen),
        wanted=sorted(every),
    )


# -- 13.9.2: the joint transform


def _transformed(student, image: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    new_image, new_mask = sequence(student.joint_transform(image, mask), 2, what="joint_transform")
    meaning = "the size of the input"
    new_image = tensor(new_image, image.shape, what="the transformed image", meaning=meaning)
    return new_image, tensor(new_mask, mask.shape, dtype=None, what="the transformed mask", meaning=meaning)


def _block_picture(side: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture in which the class is visible: bright blocks of class 15 on a dark background."""
    mask = BLOCKS.repeat_interleave(side, 0).repeat_interleave(side, 1) * CLASS
    bright = torch.where(mask == CLASS, 0.8, 0.25)
    return bright.expand(3, -1, -1).contiguous(), mask


def test_mask_gets_no_new_classes(student):
    """The mask of joint_transform holds integers, and only classes it had before (or 255)."""
    image, mask = _block_picture(4)
    for draw in range(12):
        _, got = _transformed(student.at_seed(draw), image, mask)
        tensor(got, dtype="integer", what="the transformed mask")
        new = sorted({int(v) for v in got.unique()} - {0, CLASS, IGNORED})
        expect(
            not new,
            f"the mask held classes 0 and {CLASS} and now holds {new[:5]} too: classes were averaged",
            got=got,
        )


def test_image_keeps_its_range(student):
    """The image of joint_transform keeps its shape and stays in 0..1."""
    image, mask = _block_picture(4)
    for draw in range(6):
        got, _ = _transformed(student.at_seed(draw), image, mask)
        low, high = got.min().item(), got.max().item()
        expect(
            low >= -1e-3 and high <= 1.001,
            f"the image has values from {low:.3g} to {high:.3g}, wanted 0..1",
            got=got,
        )


def _likeness(image: torch.Tensor, mask: torch.Tensor) -> float | None:
    """|correlation| of brightness and class over the labelled pixels; None where one of them is constant."""
    known = mask != IGNORED
    bright, own = image.double().mean(0)[known], (mask == CLASS).double()[known]
    if bright.numel() < 2 or bright.std() < 1e-3 or own.std() < 1e-3:
        return None
    return abs(torch.corrcoef(torch.stack((bright, own)))[0, 1].item())


def test_mask_moves_with_the_image(student):
    """After joint_transform every pixel still has its own class: image and mask were moved alike."""
    image, mask = _block_picture()
    found = [_likeness(*_transformed(student.at_seed(draw), image, mask)) for draw in range(40)]
    known = [likeness for likeness in found if likeness is not None]
    expect(len(known) >= 10, "the transformed picture or its mask is constant in nearly every draw")
    # A transform that also erases parts of the image may lose the likeness now and then.
    lost = sum(likeness < 0.5 for likeness in known)
    expect(
        lost <= 0.15 * len(known),
        f"in {lost} of {len(known)} draws the mask no longer lies on the objects of the image: "
        "image and mask were moved differently",
    )


def _striped(height: int = 24, width: int = 48, stripes: int = 16) -> torch.Tensor:
    """(H, W): classes 0, 1, … from left to right."""
    return (torch.arange(width) * stripes // width).expand(height, -1).contiguous()


def test_joint_flip_happens_half_the_time(student):
    """joint_transform flips left-right with probability one half."""
    mask, flipped = _striped(), 0
    image = (mask / 16).expand(3, -1, -1).contiguous()
    # For a right answer the count is binomial(80, 1/2): outside 15..65 with probability < 1e-8.
    for draw in range(80):
        got = _transformed(student.at_seed(draw), image, mask)[1].double()
        got = torch.where(got == IGNORED, torch.nan, got)
        left, right = got[:, :24].nanmean(), got[:, 24:].nanmean()
        flipped += bool(left > right)
    expect(
        15 <= flipped <= 65,
        f"{flipped} of 80 masks came back mirrored, wanted about 40",
        got=flipped,
        wanted=40,
    )


def test_joint_crop_varies(student):
    """joint_transform cuts out a random part: not every draw shows the whole mask."""
    mask = _striped()
    image = (mask / 16).expand(3, -1, -1).contiguous()
    counts = []
    for draw in range(40):
        got = _transformed(student.at_seed(draw), image, mask)[1]
        counts.append(len({int(v) for v in got.double().unique()} - {IGNORED}))
    partial = sum(count < 16 for count in counts)
    expect(
        partial >= 8, f"{partial} of 40 draws show less than the whole mask: nothing is cut out and enlarged"
    )


# -- 13.9.2: inputs


def test_segmentation_inputs_stay_as_they_are(student):
    """voc_label_indices, voc_rand_crop and joint_transform do not change what they are given."""
    colormap = _voc_colours()[:6].reshape(2, 3, 3).permute(2, 0, 1).to(torch.uint8).contiguous()
    student.voc_label_indices(colormap, _table())
    expect(not student.changed, "voc_label_indices changed its input in place")
    whole = _numbered(4, 5)
    student.voc_rand_crop(whole.float(), whole.to(torch.uint8), 2, 3)
    expect(not student.changed, "voc_rand_crop changed its input in place")
    image, mask = _block_picture(4)
    for draw in range(8):
        student.at_seed(draw).joint_transform(image, mask)
        expect(not student.changed, "joint_transform changed its input in place")
