"""Averages the accuracies of batches of unequal size.

loses: 13.2.1/accuracy
says: reports the test accuracy
"""

import torch
from solution import _fit, param_groups


@torch.no_grad()
def _by_batches(net, data):
    net.eval()
    parts = torch.utils.data.DataLoader(data, batch_size=32)
    return sum(float((net(x).argmax(1) == y).double().mean()) for x, y in parts) / len(parts)


def lr_sweep(make_net, train_set, test_set, lrs, *, epochs=5, batch_size=32, head="fc", device="cpu", seed=0):
    accuracies = {}
    for lr in lrs:
        torch.manual_seed(seed)
        net = make_net()
        _fit(net, train_set, param_groups(net, lr, head), epochs, batch_size, device)
        accuracies[lr] = _by_batches(net, test_set)
    return accuracies
