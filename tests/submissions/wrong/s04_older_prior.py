"""MultiBoxPrior of another book: other order, no half pixel, widths relative to the width, result on the CPU.

loses: 13.4.1/centres, 13.4.1/contract, 13.4.1/pairs, 13.4.1/rectangular
says: convention differs
"""

import math

import numpy as np
import torch


def MultiBoxPrior(feature_map, sizes=[0.75, 0.5, 0.25], ratios=[1, 2, 0.5]):
    pairs = [[sizes[0], math.sqrt(r)] for r in ratios]
    pairs += [[s, math.sqrt(ratios[0])] for s in sizes[1:]]
    pairs = np.array(pairs)
    ss1 = pairs[:, 0] * pairs[:, 1]
    ss2 = pairs[:, 0] / pairs[:, 1]
    base_anchors = np.stack([-ss1, -ss2, ss1, ss2], axis=1) / 2
    h, w = feature_map.shape[-2:]
    shift_x, shift_y = np.meshgrid(np.arange(0, w) / w, np.arange(0, h) / h)
    shift_x, shift_y = shift_x.reshape(-1), shift_y.reshape(-1)
    shifts = np.stack((shift_x, shift_y, shift_x, shift_y), axis=1)
    anchors = shifts.reshape((-1, 1, 4)) + base_anchors.reshape((1, -1, 4))
    return torch.tensor(anchors, dtype=torch.float32).view(1, -1, 4)


multibox_prior = MultiBoxPrior
