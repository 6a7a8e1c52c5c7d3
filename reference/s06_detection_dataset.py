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
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

IMAGE_SIZE = 256  # height and width of every picture of the data set


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
    folder = Path(root) / ("bananas_train" if is_train else "bananas_val")
    images, labels = [], []
    with (folder / "label.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            images.append(_read_image(folder / "images" / row["img_name"]))
            labels.append(_read_label(row))
    return images, torch.tensor(labels).reshape(-1, 1, 5) / IMAGE_SIZE


def _read_image(path: Path) -> Tensor:
    with Image.open(path) as image:
        return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)  # (3, h, w)


def _read_label(row: dict[str, str]) -> list[float]:
    try:
        return [float(row[column]) for column in ("label", "xmin", "ymin", "xmax", "ymax")]
    except (TypeError, ValueError):
        raise ValueError(
            f"label.csv: the row of {row['img_name']} does not hold five numbers: {row}"
        ) from None


class BananasDataset(Dataset):
    """13.6.1 The data set as `DataLoader` wants it.

    BananasDataset(root, is_train): `root` and `is_train` as in `read_data_bananas`
    len(dataset): number of images
    dataset[i]: (image, label), a float tensor (3, 256, 256) with values 0..255 and the image's label (1, 5)
    """

    def __init__(self, root: str | Path, is_train: bool) -> None:
        self.images, self.labels = read_data_bananas(root, is_train)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.images[index].float(), self.labels[index]

    def __len__(self) -> int:
        return len(self.images)


def box_statistics(labels: Tensor) -> dict[str, Tensor]:
    """13.6.1 How the boxes of a data set differ.

    labels: (n, 1, 5) of (class, x1, y1, x2, y2) as fractions of the image
    returns: a dict with
        "area": (n,) area of each box, as a fraction of the image's
        "aspect": (n,) width / height of each box
        "spread": (2,) standard deviation of the boxes' centres along x and along y, the sum of squares being
            divided by n
    """
    x1, y1, x2, y2 = labels[:, 0, 1:].T  # (n,) each
    centres = torch.stack(((x1 + x2) / 2, (y1 + y2) / 2))  # (2, n)
    return {
        "area": (x2 - x1) * (y2 - y1),
        "aspect": (x2 - x1) / (y2 - y1),
        "spread": centres.std(dim=1, correction=0),
    }


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
    height, width = size
    top = int(torch.randint(image.shape[1] - height + 1, ()))
    left = int(torch.randint(image.shape[2] - width + 1, ()))

    shifted = boxes - torch.tensor([left, top, left, top])
    limits = torch.tensor([width, height, width, height])
    clipped = shifted.clamp(min=0).minimum(limits)
    visible = _area(clipped) / _area(boxes)  # (n,)
    keep = visible >= min_visible

    return image[:, top : top + height, left : left + width].clone(), clipped[keep], labels[keep]


def _area(boxes: Tensor) -> Tensor:
    return (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)


def hflip_with_boxes(image: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """13.6.2 Mirror an image left to right, and its boxes with it.

    image: (C, H, W); boxes: (n, 4) in pixels; n may be 0
    returns: (image, boxes) of the same shapes; each box encloses what it enclosed before, with x1 < x2

    Inputs are not changed.
    """
    x1, y1, x2, y2 = boxes.T
    width = image.shape[-1]
    return image.flip(-1), torch.stack((width - x2, y1, width - x1, y2), dim=-1)


answer_13_6_1 = """
Each image holds one banana, so there is one box per image and all boxes have the same class. They differ in
where they are (the banana was pasted anywhere on the background), in how large they are, since it was
scaled, and in width against height: the banana was also turned, so an upright one has a tall box and a
lying one a wide box. The backgrounds differ from image to image, too. What does not occur: several or
overlapping objects, other classes, partly hidden bananas; a detector trained on this set has never seen
them.

每幅图像只有一根香蕉，所以每幅图一个边界框，类别都相同。不同之处在于：位置（香蕉贴在背景的任意地方）、大小
（经过缩放），以及宽与高的比例（香蕉还经过旋转：竖着的框高，横着的框宽）。各图的背景也不相同。这个数据集中没
有出现的是：多个或互相重叠的目标、其他类别、被遮挡的香蕉；用它训练的检测器没有见过这些情形。
Source: our own look at the images; Dive into Deep Learning, section "The Object Detection Dataset".
"""

answer_13_6_2 = """
In classification the label belongs to the whole image: after a crop it stays as it is, and nothing else has
to be done. In detection the labels are positions. The boxes must be moved into the coordinates of the crop
and clipped to it, and an object may be cut off or lost altogether: a box of which only a small part is
visible should be dropped, with its class label, because nobody could recognise the object from what is
left; yet dropping too early means that visible objects are trained as background. Hence a crop is often
accepted only if it overlaps enough with an object (an IoU threshold, as in SSD), an image may end up
without any object, and the size of the objects relative to the image changes, which is itself a useful
augmentation.

分类任务的标签属于整幅图像：裁剪之后标签不变，不需要做别的事。检测任务的标签是位置：边界框必须平移到裁剪窗口
的坐标系并截断到窗口内，而且目标可能只剩一部分或完全丢失。只剩很小一部分的框应当连同类别标签一起丢弃，因为凭
剩余部分已无法辨认；但丢弃得过早，又会把看得见的目标当作背景来训练。因此常常只接受与目标重叠足够多的裁剪（例
如 SSD 用 IoU 阈值），裁剪后的图像也可能不含任何目标；目标相对于图像的大小随之改变，这本身就是有用的增广。
Source: Liu et al., SSD: Single Shot MultiBox Detector (2016), section on data augmentation.
"""
