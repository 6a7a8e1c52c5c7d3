"""13.9 Semantic segmentation and its data set.

A mask holds one class index per pixel: (H, W), 0 is the background, 255 marks pixels that nobody labelled.
A colour map is the same thing for the eye: (3, H, W) uint8, one colour of `VOC_COLORMAP` per class.
"""

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode, RandomCrop, RandomResizedCrop
from torchvision.transforms import functional as TF

VOC_COLORMAP = [
    [0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128], [128, 0, 128], [0, 128, 128],
    [128, 128, 128], [64, 0, 0], [192, 0, 0], [64, 128, 0], [192, 128, 0], [64, 0, 128], [192, 0, 128],
    [64, 128, 128], [192, 128, 128], [0, 64, 0], [128, 64, 0], [0, 192, 0], [128, 192, 0], [0, 64, 128],
]  # fmt: skip
VOC_CLASSES = [
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "dining table", "dog", "horse", "motorbike", "person", "potted plant", "sheep", "sofa", "train",
    "tv/monitor",
]  # fmt: skip


def read_voc_images(voc_dir: str, is_train: bool = True) -> tuple[list[Tensor], list[Tensor]]:
    """13.9.2 Read the images and colour maps of Pascal VOC.

    voc_dir: the folder with `ImageSets/Segmentation/train.txt` and `val.txt` (one image name per line),
        `JPEGImages/<name>.jpg` and `SegmentationClass/<name>.png`
    is_train: True for the names in train.txt, False for those in val.txt
    returns: (features, labels), two lists in the order of the names; each element is (3, H, W) uint8.
        The png files are palette images: read them as RGB.
    """
    root = Path(voc_dir)
    names = (
        (root / "ImageSets" / "Segmentation" / ("train.txt" if is_train else "val.txt")).read_text().split()
    )
    features = [_read_rgb(root / "JPEGImages" / f"{name}.jpg") for name in names]
    labels = [_read_rgb(root / "SegmentationClass" / f"{name}.png") for name in names]
    return features, labels


def _read_rgb(path: Path) -> Tensor:
    with Image.open(path) as picture:
        return TF.pil_to_tensor(picture.convert("RGB"))  # (3, H, W)


def voc_colormap2label() -> Tensor:
    """13.9.2 The look-up table from colour to class.

    returns: (256³,) int64; at position (R·256 + G)·256 + B stands the class whose colour in `VOC_COLORMAP` is
        (R, G, B): its place in that list, 0..20. Colours of no class have 0 (255, ignored, is fine too).
    """
    table = torch.zeros(256**3, dtype=torch.int64)
    for index, (red, green, blue) in enumerate(VOC_COLORMAP):
        table[(red * 256 + green) * 256 + blue] = index
    return table


def voc_label_indices(colormap: Tensor, colormap2label: Tensor) -> Tensor:
    """13.9.2 From colours to class indices.

    colormap: (3, H, W) uint8, red, green, blue
    colormap2label: (256³,) integers, a table as `voc_colormap2label` makes it
    returns: (H, W) integers, the class of each pixel
    """
    red, green, blue = colormap.to(torch.int64)  # the position needs 24 bits, uint8 has 8
    return colormap2label[(red * 256 + green) * 256 + blue]


def voc_rand_crop(feature: Tensor, label: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """13.9.2 Cut the same random window out of an image and its colour map.

    feature, label: (3, H, W), equal H and W
    height, width: size of the window, height ≤ H and width ≤ W
    returns: (feature, label), both (3, height, width); every position inside the image is equally likely
    """
    window = RandomCrop.get_params(feature, (height, width))
    return TF.crop(feature, *window), TF.crop(label, *window)


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
    size = list(mask.shape)
    window = RandomResizedCrop.get_params(image, scale=(0.4, 1.0), ratio=(3 / 4, 4 / 3))
    image = TF.resized_crop(image, *window, size, InterpolationMode.BILINEAR)
    mask = TF.resized_crop(mask[None], *window, size, InterpolationMode.NEAREST).squeeze(
        0
    )  # no mean of classes
    if torch.rand(()) < 0.5:
        image, mask = image.flip(-1), mask.flip(-1)
    return image, mask


answer_13_9_1 = """
Driving assistance: road, lane, pavement and pedestrians are labelled pixel by pixel. Pavement taken for
road sends the car where people walk; a pedestrian missed may cost a life, whereas a false obstacle costs a
needless stop. Medical imaging: organs, vessels and tumours are outlined in CT or MRI scans. Tumour pixels
missed at the edge are not irradiated or cut out; healthy tissue marked as tumour is damaged. Satellite
images: fields, water, forest and buildings are mapped. Wrong pixels become wrong areas: a harvest or a
flooded region is mis-estimated, which costs money, but one pixel more or less hardly matters. So the cost
of a wrong pixel depends on the field, on the class and on whether it was missed or invented.

自动驾驶：逐像素标出道路、车道、人行道和行人。把人行道当成道路，车会开向行人；漏掉行人可能造成伤亡，而误报
障碍只是多刹一次车。医学影像：在 CT、MRI 中勾画器官、血管和肿瘤。边缘漏掉的肿瘤像素得不到照射或切除，把健
康组织标成肿瘤则会造成误伤。卫星遥感：划分农田、水体、森林和建筑。错误的像素变成错误的面积，产量或受灾范围
会算错，损失的是钱，个别像素影响不大。
Source: Cordts et al., The Cityscapes Dataset (2016); Ronneberger et al., U-Net (2015).
"""

answer_13_9_2 = """
Hard to apply are augmentations that break the correspondence between a pixel and its label. Anything
geometric (flip, crop, rotation, scaling, elastic warping) has to be applied to image and mask with the same
random parameters, and the mask must be resampled with nearest neighbour: bilinear interpolation would
invent classes between two indices. A random crop alone is fine when it is applied jointly. Mixing images
(mixup) blends two labels in every pixel, so that there is no single class left; CutMix works if the mask is
pasted along. Colour changes leave the pixels where they are and need no change of the mask, unless the
colour itself is what tells the classes apart.

难以直接使用的是会破坏像素与标签对应关系的增广。几何变换（翻转、裁剪、旋转、缩放、弹性形变）必须以同一组随
机参数同时作用于图像和掩码，并且掩码只能用最近邻插值：双线性插值会凭空产生并不存在的类别。随机裁剪只要图像
和标签一起裁就没有问题。mixup 把两张图像混合，每个像素不再有唯一的类别；CutMix 则可以连同掩码一起粘贴。颜
色变换不移动像素，掩码不必改变，除非类别正是靠颜色区分的。
Source: torchvision documentation, "Transforms v2", masks; Yun et al., CutMix (2019).
"""
