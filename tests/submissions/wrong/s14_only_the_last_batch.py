"""Only the last batch's probabilities are returned.

loses: 13.14.1/predict, 13.14.1/predict-mode
says: one row per image
"""

import torch


def predict_proba(net, loader):
    was_training = net.training
    net.eval()
    rows = []
    with torch.no_grad():
        for data, _ in loader:
            rows = [torch.softmax(net(data), dim=1)]
    net.train(was_training)
    return torch.cat(rows)
