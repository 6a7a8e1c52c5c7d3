"""Answers background everywhere, which is right for three pixels of four.

loses: 13.11.2/trained
says: iou
"""

import torch
from torch import nn


class Background(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, X):
        scores = self.net(X) * 0
        scores[:, 0] += 1
        return scores


def train_fcn(train_set, *, net, epochs, batch_size, lr, device):
    return Background(net)
