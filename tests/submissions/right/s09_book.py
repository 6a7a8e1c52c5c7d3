"""Along the book's own code: torchvision.io, a vectorised table, FixedCrop by get_params."""

import os

import torch
import torchvision
from solution import VOC_COLORMAP


def read_voc_images(voc_dir, is_train=True):
    txt_fname = os.path.join(voc_dir, 'ImageSets', 'Segmentation',
                             'train.txt' if is_train else 'val.txt')
    mode = torchvision.io.image.ImageReadMode.RGB
    with open(txt_fname, 'r') as f:
        images = f.read().split()
    features, labels = [], []
    for i, fname in enumerate(images):
        features.append(torchvision.io.read_image(os.path.join(
            voc_dir, 'JPEGImages', f'{fname}.jpg')))
        labels.append(torchvision.io.read_image(os.path.join(
            voc_dir, 'SegmentationClass', f'{fname}.png'), mode))
    return features, labels


def voc_colormap2label():
    colormap2label = torch.zeros(256 ** 3, dtype=torch.long)
    for i, colormap in enumerate(VOC_COLORMAP):
        colormap2label[
            (colormap[0] * 256 + colormap[1]) * 256 + colormap[2]] = i
    return colormap2label


def voc_label_indices(colormap, colormap2label):
    colormap = colormap.permute(1, 2, 0).numpy().astype('int32')
    idx = ((colormap[:, :, 0] * 256 + colormap[:, :, 1]) * 256
           + colormap[:, :, 2])
    return colormap2label[idx]


def voc_rand_crop(feature, label, height, width):
    rect = torchvision.transforms.RandomCrop.get_params(
        feature, (height, width))
    feature = torchvision.transforms.functional.crop(feature, *rect)
    label = torchvision.transforms.functional.crop(label, *rect)
    return feature, label


def joint_transform(image, mask):
    h, w = image.shape[1:]
    image, mask = voc_rand_crop(image, mask.unsqueeze(0), h * 3 // 4, w * 3 // 4)
    resize = torchvision.transforms.functional.resize
    image = resize(image, [h, w], antialias=True)
    mask = resize(mask, [h, w], torchvision.transforms.InterpolationMode.NEAREST_EXACT).squeeze(0)
    if torch.rand(1).item() > 0.5:
        image = torchvision.transforms.functional.hflip(image)
        mask = torchvision.transforms.functional.hflip(mask)
    return image, mask
