"""preprocess normalises values of 0..255.

loses: 13.12.1/preprocess
says: not divided by 255
"""

import numpy as np
import torch
from solution import MEAN, STD


def preprocess(img, image_shape):
    img = img.resize((image_shape[1], image_shape[0]))
    x = torch.tensor(np.array(img), dtype=torch.float32)
    return ((x.permute(2, 0, 1) - MEAN) / STD)[None]
