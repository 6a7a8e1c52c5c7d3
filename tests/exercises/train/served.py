"""What code along the book finds where it asks for data: small drawn sets in the folders and files of the real ones.

They have the book's layout, not its pictures, and only as many as let a notebook run through in a minute. Their labels are
the student's to see; nets are measured on other pictures.
"""

from __future__ import annotations

import csv
import hashlib
import io
import pickle
from collections.abc import Callable, Mapping

import numpy as np
import torch
from PIL import Image
from scenes.banana import bananas
from scenes.breeds import TARGET, breeds
from scenes.hotdog import hot_dogs
from scenes.shapes import shapes
from scenes.things import CLASSES, things
from torch import Tensor
from torch.nn import functional as F

Files = dict[str, bytes]
TRAINING, HELD_OUT = 1, 2  # seeds: anybody may know them

BANANA_SIDE, DRAWN_SIDE = 256, 64
VOC_HEIGHT, VOC_WIDTH = 375, 500


def cifar10() -> Files:
    """cifar-10-batches-py, as torchvision reads it: ten kinds of things, in training all facing one way."""
    train, test = things(128, TRAINING), things(64, HELD_OUT, mirrored=0.5)
    return {
        "cifar-10-batches-py/data_batch_1": _batch(train.images, train.labels),
        "cifar-10-batches-py/test_batch": _batch(test.images, test.labels),
        "cifar-10-batches-py/batches.meta": pickle.dumps({"label_names": list(CLASSES)}),
    }


def _batch(images: Tensor, labels: Tensor) -> bytes:
    return pickle.dumps({"data": images.flatten(1).numpy(), "labels": labels.tolist()})


def hotdog() -> Files:
    """hotdog/{train,test}/{hotdog,not-hotdog}/N.png"""
    files: Files = {}
    for part, count, seed in (("train", 64, TRAINING), ("test", 32, HELD_OUT)):
        drawn = hot_dogs(count, seed, size=96)
        for i, (image, label) in enumerate(zip(drawn.images, drawn.labels.tolist(), strict=True)):
            files[f"hotdog/{part}/{'hotdog' if label else 'not-hotdog'}/{i}.png"] = _png(image)
    return files


def banana_detection() -> Files:
    """banana-detection/bananas_{train,val}/{label.csv,images/N.png}: pictures of 256×256, boxes in pixels"""
    files: Files = {}
    for part, count, seed in (("bananas_train", 64, TRAINING), ("bananas_val", 16, HELD_OUT)):
        drawn = bananas(count, seed, size=DRAWN_SIDE)
        boxes = (drawn.labels[:, 0, 1:] * BANANA_SIDE).round().int().tolist()
        rows = [[f"{i}.png", 0, *box] for i, box in enumerate(boxes)]
        table = _table(["img_name", "label", "xmin", "ymin", "xmax", "ymax"], rows)
        files[f"banana-detection/{part}/label.csv"] = table
        for i, image in enumerate(drawn.images):
            files[f"banana-detection/{part}/images/{i}.png"] = _png(
                _enlarged(image, BANANA_SIDE, BANANA_SIDE)
            )
    return files


def voc2012() -> Files:
    """VOCdevkit/VOC2012 as far as segmentation needs it; the shapes are coloured as the first four classes."""
    files: Files = {}
    for part, count, seed in (("train", 24, TRAINING), ("val", 12, HELD_OUT)):
        drawn = shapes(count, seed, height=VOC_HEIGHT // 4, width=VOC_WIDTH // 4)
        names = [f"2012_{seed}{i:05d}" for i in range(count)]
        for name, image, mask in zip(names, drawn.images, drawn.masks, strict=True):
            files[f"{VOC}/JPEGImages/{name}.jpg"] = _jpeg(_enlarged(image, VOC_HEIGHT, VOC_WIDTH))
            files[f"{VOC}/SegmentationClass/{name}.png"] = _mask(mask)
        files[f"{VOC}/ImageSets/Segmentation/{part}.txt"] = "".join(f"{n}\n" for n in names).encode()
    return files


VOC = "VOCdevkit/VOC2012"


def cifar10_tiny() -> Files:
    """kaggle_cifar10_tiny: train/N.png and test/N.png, numbered from 1; trainLabels.csv; sampleSubmission.csv"""
    train, test = things(200, TRAINING), things(10, HELD_OUT, mirrored=0.5)
    root = "kaggle_cifar10_tiny"
    files = {f"{root}/train/{i}.png": _png(image) for i, image in enumerate(train.images, 1)}
    files |= {f"{root}/test/{i}.png": _png(image) for i, image in enumerate(test.images, 1)}
    labels = [[i, CLASSES[label]] for i, label in enumerate(train.labels.tolist(), 1)]
    files[f"{root}/trainLabels.csv"] = _table(["id", "label"], labels)
    blank = [[i, CLASSES[0]] for i in range(1, len(test.images) + 1)]
    return files | {f"{root}/sampleSubmission.csv": _table(["id", "label"], blank)}


def dog_tiny() -> Files:
    """kaggle_dog_tiny: train/ID.jpg and test/ID.jpg; labels.csv; sample_submission.csv"""
    train, test = breeds(160, TRAINING, size=96), breeds(16, HELD_OUT, size=96)
    root = "kaggle_dog_tiny"
    ids = [_id(TRAINING, i) for i in range(len(train.images))]
    unknown = [_id(HELD_OUT, i) for i in range(len(test.images))]
    files = {f"{root}/train/{id}.jpg": _jpeg(image) for id, image in zip(ids, train.images, strict=True)}
    files |= {f"{root}/test/{id}.jpg": _jpeg(image) for id, image in zip(unknown, test.images, strict=True)}
    names = sorted(breed.name for breed in TARGET)
    labels = [[id, TARGET[label].name] for id, label in zip(ids, train.labels.tolist(), strict=True)]
    files[f"{root}/labels.csv"] = _table(["id", "breed"], labels)
    shares = [[id, *[1 / len(names)] * len(names)] for id in unknown]
    return files | {f"{root}/sample_submission.csv": _table(["id", *names], shares)}


def _id(part: int, number: int) -> str:
    return hashlib.md5(bytes((part, number))).hexdigest()


SETS: Mapping[str, Callable[[], Mapping[str, bytes]]] = {
    r"\bCIFAR10\b": cifar10,
    r"[\"']hotdog\\?[\"']": hotdog,
    r"banana-detection|load_data_bananas": banana_detection,
    r"voc2012|load_data_voc": voc2012,
    r"cifar10_tiny": cifar10_tiny,
    r"dog_tiny": dog_tiny,
    r"\bpretrained\s*=\s*True|\bweights\s*=|_Weights\b": dict,  # no files, but a message that says what to change
}
"""what stands in code that asks for a set (a notebook is searched as JSON, with its quotes escaped) → what draws the set"""


# ---------------------------------------------------------------- files


def _enlarged(image: Tensor, height: int, width: int) -> Tensor:
    """uint8 (3, h, w) → (3, height, width)"""
    large = F.interpolate(image[None].float(), (height, width), mode="bilinear", align_corners=False)
    return large[0].round().clamp(0, 255).to(torch.uint8)


def _picture(image: Tensor) -> Image.Image:
    return Image.fromarray(image.permute(1, 2, 0).contiguous().numpy())


def _png(image: Tensor) -> bytes:
    file = io.BytesIO()
    _picture(image).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _jpeg(image: Tensor) -> bytes:
    file = io.BytesIO()
    _picture(image).save(file, "JPEG", quality=90)
    return file.getvalue()


def _mask(mask: Tensor) -> bytes:
    """Classes (h, w) as Pascal VOC keeps them: a picture of palette colours."""
    large = F.interpolate(mask[None, None].float(), (VOC_HEIGHT, VOC_WIDTH), mode="nearest")[0, 0]
    picture = Image.fromarray(large.numpy().astype(np.uint8), mode="P")
    picture.putpalette([channel for label in range(256) for channel in _colour(label)])
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _colour(label: int) -> list[int]:
    """Pascal VOC spreads the bits of the class number over the high bits of red, green and blue."""
    return [sum(((label >> (3 * k + c)) & 1) << (7 - k) for k in range(3)) for c in range(3)]


def _table(header: list[str], rows: list[list[object]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows([header, *rows])
    return file.getvalue().encode()
