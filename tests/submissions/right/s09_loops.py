"""Plain loops, Python's random, PIL; unknown colours are 255."""

import random

import numpy as np
import torch
from PIL import Image
from solution import VOC_COLORMAP


def read_voc_images(voc_dir, is_train=True):
    split = 'train' if is_train else 'val'
    images, maps = [], []
    for line in open(voc_dir + '/ImageSets/Segmentation/' + split + '.txt'):
        name = line.strip()
        if not name:
            continue
        photo = Image.open(voc_dir + '/JPEGImages/' + name + '.jpg').convert('RGB')
        png = Image.open(voc_dir + '/SegmentationClass/' + name + '.png').convert('RGB')
        images.append(torch.from_numpy(np.array(photo)).permute(2, 0, 1))
        maps.append(torch.from_numpy(np.array(png)).permute(2, 0, 1))
    return images, maps


def voc_colormap2label():
    table = torch.full((256 ** 3,), 255)
    for k in range(21):
        r, g, b = VOC_COLORMAP[k]
        table[r * 65536 + g * 256 + b] = k
    return table


def voc_label_indices(colormap, table):
    _, h, w = colormap.shape
    out = torch.zeros(h, w, dtype=torch.int32)
    for y in range(h):
        for x in range(w):
            r, g, b = colormap[:, y, x].tolist()
            out[y, x] = int(table[r * 65536 + g * 256 + b])
    return out


def voc_rand_crop(image, label, h, w):
    y = random.randint(0, image.shape[1] - h)
    x = random.randint(0, image.shape[2] - w)
    return image[:, y:y + h, x:x + w], label[:, y:y + h, x:x + w]


def joint_transform(image, mask):
    _, h, w = image.shape
    if random.random() < 0.5:
        image, mask = torch.flip(image, [2]), torch.flip(mask, [1])
    s = random.uniform(0.5, 0.95)
    ch, cw = int(h * s), int(w * s)
    y, x = random.randint(0, h - ch), random.randint(0, w - cw)
    image, mask = image[:, y:y + ch, x:x + cw], mask[y:y + ch, x:x + cw]
    new_image, new_mask = torch.zeros(3, h, w), torch.zeros(h, w, dtype=torch.long)
    for i in range(h):
        for j in range(w):
            a, b = i * ch // h, j * cw // w
            new_image[:, i, j] = image[:, a, b]
            new_mask[i, j] = mask[a, b]
    return new_image, new_mask
