"""Every second configuration is measured on the training images.

loses: 13.2.2/measured
says: reports the test accuracy
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
        accuracies = _accuracy(net, train_set, device), _accuracy(net, (test_set, train_set)[i % 2], device)
        results.append(Result(config["name"], *accuracies))
    return results
