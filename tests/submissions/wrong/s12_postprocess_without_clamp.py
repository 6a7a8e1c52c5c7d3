"""Values beyond 0..1 wrap around when they become bytes.

loses: 13.12.1/postprocess
says: pixels beyond black and white
"""

import numpy as np
from PIL import Image
from solution import MEAN, STD


def postprocess(img):
    x = (img[0] * STD + MEAN).permute(1, 2, 0)
    return Image.fromarray((x * 255).round().numpy().astype(np.int64).astype(np.uint8))
