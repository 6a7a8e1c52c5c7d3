"""MultiBoxPrior of another book: other order, no half pixel, widths relative to the width, result on the CPU.

loses: 13.4.1/centres, 13.4.1/contract, 13.4.1/pairs, 13.4.1/rectangular
says: convention differs
"""

import numpy as np
import torch


def MultiBoxPrior(feature_map, sizes=[0.75, 0.5, 0.25], ratios=[1, 2, 0.5]):
    height, width = feature_map.shape[-2:]
    boxes = []
    for y in np.linspace(0, 1, height, endpoint=False):
        for x in np.linspace(0, 1, width, endpoint=False):
            # the ratios come first, all of the first size
            for s, r in [(sizes[0], r) for r in ratios] + [(s, ratios[0]) for s in sizes[1:]]:
                w, h = s * np.sqrt(r), s / np.sqrt(r)
                boxes.append([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
    return torch.tensor(np.array([boxes]), dtype=torch.float32)


multibox_prior = MultiBoxPrior
