"""Sorted by name instead of in the order given.

loses: 13.2.2/results
says: names
"""

import torch
from solution import Result, _accuracy, _fit, param_groups


def compare(configs, train_set, test_set, *, epochs=5, batch_size=32, head="fc", device="cpu", seed=0):
    results = []
    for i, config in enumerate(configs):
        torch.manual_seed(seed)
        net, lr = config["make_net"](), config["lr"]
        groups = param_groups(net, lr, head) if config["param_group"] else [{"params": net.parameters(), "lr": lr}]
        _fit(net, train_set, groups, epochs, batch_size, device)
        accuracies = _accuracy(net, train_set, device), _accuracy(net, test_set, device)
        results.append(Result(config["name"], *accuracies))
    return sorted(results)
