"""Values beyond 0..1 wrap around when they become bytes.

loses: 13.12.1/postprocess
says: beyond black or white
"""

import numpy as np
from PIL import Image
from solution import RGB_MEAN, RGB_STD


def postprocess(img):
    x = img[0].permute(1, 2, 0) * RGB_STD + RGB_MEAN
    return Image.fromarray((x * 255).round().numpy().astype(np.int64).astype(np.uint8))
