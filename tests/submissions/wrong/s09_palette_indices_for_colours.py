"""The palette image is read without converting it: indices instead of colours.

loses: 13.9.2/voc-files
says: red, green, blue
"""

import os

import numpy as np
import torch
from PIL import Image


def read_voc_images(voc_dir, is_train=True):
    names = open(os.path.join(voc_dir, 'ImageSets/Segmentation', 'train.txt' if is_train else 'val.txt')).read().split()
    load = lambda p: torch.from_numpy(np.array(Image.open(p)))
    features = [load(f'{voc_dir}/JPEGImages/{n}.jpg').permute(2, 0, 1) for n in names]
    return features, [load(f'{voc_dir}/SegmentationClass/{n}.png')[None] for n in names]
