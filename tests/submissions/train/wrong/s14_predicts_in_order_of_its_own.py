"""The rows of the predictions are not in the order of the pictures.

loses: 13.14.1/trained
says: log_loss
"""

import torch
from torch import nn
from torch.nn import functional as F


def predict_proba(net, loader):
    net.eval()
    with torch.no_grad():
        rows = torch.cat([F.softmax(net(X), dim=1) for X, _ in loader])
    return rows.flip(0)
