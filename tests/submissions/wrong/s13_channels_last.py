"""The transformed image keeps its channels last.

loses: 13.13.1/test-transform
says: wanted \(3, 
"""

import numpy as np
import torch


def transforms_test():
    def transform(image):
        x = np.asarray(image) / 255
        x = (x - np.array([0.4914, 0.4822, 0.4465])) / np.array([0.2023, 0.1994, 0.2010])
        return torch.tensor(x, dtype=torch.float32)

    return transform
