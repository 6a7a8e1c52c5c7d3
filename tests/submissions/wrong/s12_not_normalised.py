"""preprocess forgets to normalise the channels.

loses: 13.12.1/preprocess
says: mean and the standard deviation of the channels are not applied
"""

import numpy as np
import torch


def preprocess(img, image_shape):
    img = img.resize((image_shape[1], image_shape[0]))
    return torch.tensor(np.array(img)).permute(2, 0, 1)[None] / 255
