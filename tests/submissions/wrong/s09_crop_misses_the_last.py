"""randint's upper limit is excluded: the last row and column of windows never occur.

loses: 13.9.2/crop-random
says: was never cut
"""

import torch


def voc_rand_crop(feature, label, height, width):
    y = int(torch.randint(0, max(feature.shape[1] - height, 1), ()))
    x = int(torch.randint(0, max(feature.shape[2] - width, 1), ()))
    return feature[:, y:y + height, x:x + width], label[:, y:y + height, x:x + width]
