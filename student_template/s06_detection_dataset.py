"""13.6 The object detection data set.

The folder of the banana data set holds two parts, `bananas_train` and `bananas_val`, each with a table
`label.csv` (columns img_name,label,xmin,ymin,xmax,ymax; coordinates in pixels) and a folder `images` of
256×256 pictures. A box is (x1, y1, x2, y2), x to the right, y downwards; x1 and x2 are the positions of its
left and right edge.
"""

import csv
from pathlib import Path
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset


IMAGE_SIZE = 256


def read_data_bananas(root: str | Path, is_train: bool) -> tuple[list[Tensor], Tensor]:
    """13.6.1 Read all images and labels of one part of the data set.

    root: the folder that contains `bananas_train` and `bananas_val`
    is_train: read the training part, or else the validation part
    returns: (images, labels) in the order of the rows of `label.csv`
        images: one uint8 tensor (3, 256, 256), RGB, per row
        labels: (n, 1, 5) float, the row (class, x1, y1, x2, y2) divided by 256
    raises: an error that names the culprit, for a row that lacks one of its five numbers or holds something
        else there (ValueError), and for an image that does not exist (FileNotFoundError)
    Source: Dive into Deep Learning, section "The Object Detection Dataset"
    """
    raise NotImplementedError


class BananasDataset(Dataset):
    """13.6.1 The data set as `DataLoader` wants it.

    BananasDataset(root, is_train): `root` and `is_train` as in `read_data_bananas`
    len(dataset): number of images
    dataset[i]: (image, label), a float tensor (3, 256, 256) with values 0..255 and the image's label (1, 5)
    """

    def __init__(self, root: str | Path, is_train: bool) -> None:
        raise NotImplementedError

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError


def box_statistics(labels: Tensor) -> dict[str, Tensor]:
    """13.6.1 How the boxes of a data set differ.

    labels: (n, 1, 5) of (class, x1, y1, x2, y2) as fractions of the image
    returns: a dict with
        "area": (n,) area of each box, as a fraction of the image's
        "aspect": (n,) width / height of each box
        "spread": (2,) standard deviation of the boxes' centres along x and along y, the sum of squares being
            divided by n
    """
    raise NotImplementedError


def random_crop_with_boxes(
    image: Tensor, boxes: Tensor, labels: Tensor, size: tuple[int, int], min_visible: float = 0.3
) -> tuple[Tensor, Tensor, Tensor]:
    """13.6.2 Cut a random window out of an image, and take its boxes along.

    image: (C, H, W); boxes: (n, 4) float in pixels, inside the image; labels: (n,); n may be 0
    size: (height, width) of the window, at most (H, W)
    min_visible: a box stays if at least this fraction (> 0) of its area lies inside the window
    returns: (image (C, height, width), boxes (k, 4), labels (k,)): the boxes that stay, in their old order,
        in pixels of the window and clipped to it, and their labels; k may be 0

    Every window that fits, at whole pixels, is equally likely. Inputs are not changed.
    """
    raise NotImplementedError


def hflip_with_boxes(image: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """13.6.2 Mirror an image left to right, and its boxes with it.

    image: (C, H, W); boxes: (n, 4) in pixels; n may be 0
    returns: (image, boxes) of the same shapes; each box encloses what it enclosed before, with x1 < x2

    Inputs are not changed.
    """
    raise NotImplementedError


answer_13_6_1 = """
"""


answer_13_6_2 = """
"""
