"""Softmax over dim 0, as in older texts: the images of a batch compete with each other.

loses: 13.14.1/predict, 13.14.1/predict-mode
says: softmax runs over dim 0
"""

import torch


def predict_proba(net, loader):
    was_training = net.training
    net.eval()
    rows = []
    with torch.no_grad():
        for data, _ in loader:
            rows.append(torch.softmax(net(data), dim=0))
    net.train(was_training)
    return torch.cat(rows)
