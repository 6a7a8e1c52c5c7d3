"""The offsets alone are flattened with the channels first: right shape, wrong order.

loses: 13.7.1/ssd-order
says: looks at the image around pixel
"""

import torch
from torch import nn
from s04_anchor_boxes import multibox_prior

SIZES = ((0.2, 0.272), (0.37, 0.447), (0.54, 0.619), (0.71, 0.79), (0.88, 0.961))
RATIOS = (1, 2, 0.5)


def down(i, o):
    layers = []
    for c in (i, o):
        layers += [nn.Conv2d(c, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU()]
    return nn.Sequential(*layers, nn.MaxPool2d(2))


class TinySSD(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.q = num_classes
        self.blocks = nn.ModuleList([
            nn.Sequential(down(3, 16), down(16, 32), down(32, 64)), down(64, 128), down(128, 128), down(128, 128),
            nn.AdaptiveMaxPool2d((1, 1)),
        ])
        widths = [64, 128, 128, 128, 128]
        self.cls = nn.ModuleList([nn.Conv2d(c, 4 * (num_classes + 1), 3, padding=1) for c in widths])
        self.box = nn.ModuleList([nn.Conv2d(c, 16, 3, padding=1) for c in widths])

    def forward(self, X):
        anchors, cls, box = [], [], []
        for i in range(5):
            X = self.blocks[i](X)
            anchors.append(multibox_prior(X, SIZES[i], RATIOS))
            c, b = self.cls[i](X), self.box[i](X)
            cls.append(c.permute(0, 2, 3, 1).flatten(1))
            box.append(b.flatten(1))
        scores = torch.cat(cls, 1).reshape(X.shape[0], -1, self.q + 1)
        return torch.cat(anchors, 1), scores, torch.cat(box, 1)
