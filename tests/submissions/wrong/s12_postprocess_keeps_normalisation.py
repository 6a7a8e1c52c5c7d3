"""postprocess does not undo the normalisation.

loses: 13.12.1/postprocess
says: normalisation is not undone
"""

from PIL import Image


def postprocess(img):
    x = img[0].clamp(0, 1).permute(1, 2, 0)
    return Image.fromarray((x * 255).round().byte().numpy())
