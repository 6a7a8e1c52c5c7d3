"""The seed is set only once.

loses: 13.2.2/seed
says: different nets
"""

import torch
from solution import Result, _accuracy, _fit, param_groups


def compare(configs, train_set, test_set, *, epochs=5, batch_size=32, head="fc", device="cpu", seed=0):
    results = []
    torch.manual_seed(seed)
    for i, config in enumerate(configs):
        net, lr = config["make_net"](), config["lr"]
        groups = param_groups(net, lr, head) if config["param_group"] else [{"params": net.parameters(), "lr": lr}]
        _fit(net, train_set, groups, epochs, batch_size, device)
        accuracies = _accuracy(net, train_set, device), _accuracy(net, test_set, device)
        results.append(Result(config["name"], *accuracies))
    return results
