"""The gradients are set to zero once before training, not for every batch.

loses: 13.2.1/used, 13.2.2/budget
says: gradients add up
"""

from collections import namedtuple

import torch
from solution import _accuracy, param_groups
from torch.nn import functional as F

Result = namedtuple("Result", ["name", "train_accuracy", "test_accuracy"])


def _fit(net, train_set, groups, epochs, batch_size):
    optimizer = torch.optim.Adam(groups)
    optimizer.zero_grad()
    for _ in range(epochs):
        for x, y in torch.utils.data.DataLoader(train_set, batch_size, shuffle=True):
            F.cross_entropy(net(x), y).backward()
            optimizer.step()


def lr_sweep(make_net, train_set, test_set, lrs, *, epochs=5, batch_size=32, head="fc", device="cpu", seed=0):
    found = {}
    for lr in lrs:
        torch.manual_seed(seed)
        net = make_net()
        _fit(net, train_set, param_groups(net, lr, head), epochs, batch_size)
        found[lr] = _accuracy(net, test_set, device)
    return found


def compare(configs, train_set, test_set, *, epochs=5, batch_size=32, head="fc", device="cpu", seed=0):
    results = []
    for config in configs:
        torch.manual_seed(seed)
        net = config["make_net"]()
        groups = [{"params": list(net.parameters()), "lr": config["lr"]}]
        if config["param_group"]:
            groups = param_groups(net, config["lr"], head)
        _fit(net, train_set, groups, epochs, batch_size)
        results.append(Result(config["name"], _accuracy(net, train_set, device), _accuracy(net, test_set, device)))
    return results
