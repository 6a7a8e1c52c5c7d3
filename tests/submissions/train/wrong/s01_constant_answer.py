"""The net that comes back answers the same for every picture, and is very sure of it.

loses: 13.1.1/trained
says: accuracy|loss
"""

import torch
from torch import nn


class Constant(nn.Module):
    def forward(self, X):
        return torch.tensor([20.0] + [0.0] * 9).expand(len(X), 10)


def train_with_data_aug(train_set, augment, net, *, epochs, batch_size, lr, device):
    return Constant()
