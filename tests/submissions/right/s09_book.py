"""Along the book: torchvision.io, a look-up table and numpy's 32-bit positions in it, one window for both crops."""

import os

import numpy as np
import torch
import torchvision
from solution import VOC_COLORMAP
from torchvision.transforms import functional as TF


def read_voc_images(voc_dir, is_train=True):
    part = 'train' if is_train else 'val'
    with open(os.path.join(voc_dir, 'ImageSets', 'Segmentation', f'{part}.txt')) as listing:
        names = listing.read().split()

    def pictures(folder, ending):
        paths = [os.path.join(voc_dir, folder, name + ending) for name in names]
        return [torchvision.io.read_image(path, torchvision.io.ImageReadMode.RGB) for path in paths]

    return pictures('JPEGImages', '.jpg'), pictures('SegmentationClass', '.png')


def voc_colormap2label():
    palette = torch.tensor(VOC_COLORMAP)
    position = palette @ torch.tensor([256**2, 256, 1])
    table = torch.zeros(256**3, dtype=torch.long)
    table[position] = torch.arange(len(palette))
    return table


def voc_label_indices(colormap, colormap2label):
    weights = np.array([256**2, 256, 1], dtype=np.int32)
    position = np.tensordot(weights, colormap.numpy().astype(np.int32), axes=1)
    return colormap2label[position]


def voc_rand_crop(feature, label, height, width):
    top_left_and_size = torchvision.transforms.RandomCrop.get_params(feature, (height, width))
    return tuple(TF.crop(picture, *top_left_and_size) for picture in (feature, label))


def joint_transform(image, mask):
    size = list(mask.shape)
    image, mask = voc_rand_crop(image, mask.unsqueeze(0), size[0] * 3 // 4, size[1] * 3 // 4)
    image = TF.resize(image, size, antialias=True)
    mask = TF.resize(mask, size, torchvision.transforms.InterpolationMode.NEAREST_EXACT)
    if torch.rand(1).item() > 0.5:
        image, mask = TF.hflip(image), TF.hflip(mask)
    return image, mask.squeeze(0)
