"""The middle of the picture is cut out instead of resizing all of it.

loses: 13.12.1/preprocess
says: ramps from black to white
"""

from solution import MEAN, STD
from torchvision.transforms import functional as TF


def preprocess(img, image_shape):
    pixels = TF.to_tensor(TF.center_crop(img, image_shape))
    return ((pixels - MEAN) / STD)[None]
