"""image_shape is taken as (width, height).

loses: 13.12.1/preprocess
says: \\(height, width\\)
"""

import numpy as np
import torch
from solution import MEAN, STD


def preprocess(img, image_shape):
    x = torch.tensor(np.array(img.resize(image_shape))) / 255
    return ((x.permute(2, 0, 1) - MEAN) / STD)[None]
