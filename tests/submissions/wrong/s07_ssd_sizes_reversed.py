"""The largest map gets the largest anchors.

loses: 13.7.1/ssd-anchors
says: anchors: element|width of the first anchor
"""

import torch
from solution import bbox_predictor, cls_predictor, concat_preds, multibox_prior
from torch import nn

SIZES = [(0.2, 0.272), (0.37, 0.447), (0.54, 0.619), (0.71, 0.79), (0.88, 0.961)]


def smaller(*channels):
    """Half the height and width for each step from one number of channels to the next."""
    layers = []
    for a, b in zip(channels, channels[1:]):
        layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
        layers += [nn.Conv2d(b, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers)


class TinySSD(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.classes = num_classes + 1
        self.maps = nn.ModuleList([smaller(3, 16, 32, 64), smaller(64, 128), smaller(128, 128), smaller(128, 128), nn.AdaptiveMaxPool2d(1)])
        self.scores = nn.ModuleList([cls_predictor(c, 4, num_classes) for c in (64, 128, 128, 128, 128)])
        self.offsets = nn.ModuleList([bbox_predictor(c, 4) for c in (64, 128, 128, 128, 128)])

    def forward(self, X):
        anchors, scores, offsets = [], [], []
        for k, smaller_map in enumerate(self.maps):
            X = smaller_map(X)
            anchors.append(multibox_prior(X, SIZES[4 - k], (1, 2, 0.5)))
            scores.append(self.scores[k](X))
            offsets.append(self.offsets[k](X))
        return torch.cat(anchors, dim=1), concat_preds(scores).reshape(len(X), -1, self.classes), concat_preds(offsets)
