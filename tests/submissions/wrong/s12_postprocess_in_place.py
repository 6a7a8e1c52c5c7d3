"""The normalised picture is scaled in place.

loses: 13.12.1/inputs
says: postprocess changes argument 1 in place
"""

from PIL import Image
from solution import MEAN, STD


def postprocess(img):
    x = img[0].mul_(STD).add_(MEAN).clamp_(0, 1)
    return Image.fromarray((x * 255).round().byte().permute(1, 2, 0).numpy())
