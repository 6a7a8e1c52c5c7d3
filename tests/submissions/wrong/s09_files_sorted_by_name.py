"""Lists the folder instead of reading the list of names.

loses: 13.9.2/voc-files
says: elements, wanted
"""

import glob

import numpy as np
import torch
from PIL import Image


def read_voc_images(voc_dir, is_train=True):
    load = lambda p: torch.from_numpy(np.array(Image.open(p).convert('RGB'))).permute(2, 0, 1)
    return ([load(p) for p in sorted(glob.glob(voc_dir + '/JPEGImages/*.jpg'))],
            [load(p) for p in sorted(glob.glob(voc_dir + '/SegmentationClass/*.png'))])
