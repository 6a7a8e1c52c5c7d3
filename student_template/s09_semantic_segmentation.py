"""13.9 Semantic segmentation and its data set.

A mask holds one class index per pixel: (H, W), 0 is the background, 255 marks pixels that nobody labelled.
A colour map is the same thing for the eye: (3, H, W) uint8, one colour of `VOC_COLORMAP` per class.
"""

import torch
from torch import Tensor


VOC_COLORMAP = [
    [0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128], [128, 0, 128], [0, 128, 128],
    [128, 128, 128], [64, 0, 0], [192, 0, 0], [64, 128, 0], [192, 128, 0], [64, 0, 128], [192, 0, 128],
    [64, 128, 128], [192, 128, 128], [0, 64, 0], [128, 64, 0], [0, 192, 0], [128, 192, 0], [0, 64, 128],
]


VOC_CLASSES = [
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "dining table", "dog", "horse", "motorbike", "person", "potted plant", "sheep", "sofa", "train",
    "tv/monitor",
]


def read_voc_images(voc_dir: str, is_train: bool = True) -> tuple[list[Tensor], list[Tensor]]:
    """13.9.2 Read the images and colour maps of Pascal VOC.

    voc_dir: the folder with `ImageSets/Segmentation/train.txt` and `val.txt` (one image name per line),
        `JPEGImages/<name>.jpg` and `SegmentationClass/<name>.png`
    is_train: True for the names in train.txt, False for those in val.txt
    returns: (features, labels), two lists in the order of the names; each element is (3, H, W) uint8.
        The png files are palette images: read them as RGB.
    """
    raise NotImplementedError


def voc_colormap2label() -> Tensor:
    """13.9.2 The look-up table from colour to class.

    returns: (256³,) int64; at position (R·256 + G)·256 + B stands the class whose colour in `VOC_COLORMAP` is
        (R, G, B): its place in that list, 0..20. Colours of no class have 0 (255, ignored, is fine too).
    """
    raise NotImplementedError


def voc_label_indices(colormap: Tensor, colormap2label: Tensor) -> Tensor:
    """13.9.2 From colours to class indices.

    colormap: (3, H, W) uint8, red, green, blue
    colormap2label: (256³,) integers, a table as `voc_colormap2label` makes it
    returns: (H, W) integers, the class of each pixel
    """
    raise NotImplementedError


def voc_rand_crop(feature: Tensor, label: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """13.9.2 Cut the same random window out of an image and its colour map.

    feature, label: (3, H, W), equal H and W
    height, width: size of the window, height ≤ H and width ≤ W
    returns: (feature, label), both (3, height, width); every position inside the image is equally likely
    """
    raise NotImplementedError


def joint_transform(image: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """13.9.2 A random augmentation for segmentation: what moves pixels moves the mask along.

    image: (3, H, W) float in 0..1
    mask: (H, W) integers, the class of each pixel
    returns: (image, mask) of the same shapes, the image in 0..1, the mask with no class it did not have
        (pixels that were outside the image may be 255)

    Two changes are asked for: with probability 1/2 both are flipped left-right, and a random part of both is
    cut out and resized back to H×W. More geometry (rotation, shift …) and colour changes of the image are
    welcome, as long as every pixel keeps its own class.
    """
    raise NotImplementedError


answer_13_9_1 = """
"""


answer_13_9_2 = """
"""
