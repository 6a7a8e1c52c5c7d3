"""The net from scratch secretly starts with the first net's weights.

loses: 13.2.2/as-made
says: made with, although lr is 0
"""

import torch
from solution import Result, _accuracy, _fit, param_groups


def compare(configs, train_set, test_set, *, epochs=5, batch_size=32, head="fc", device="cpu", seed=0):
    results = []
    for i, config in enumerate(configs):
        torch.manual_seed(seed)
        net, lr = config["make_net"](), config["lr"]
        if i == 0:
            first = net.state_dict()
        elif not config["param_group"]:
            net.load_state_dict(first)
        groups = param_groups(net, lr, head) if config["param_group"] else [{"params": net.parameters(), "lr": lr}]
        _fit(net, train_set, groups, epochs, batch_size, device)
        accuracies = _accuracy(net, train_set, device), _accuracy(net, test_set, device)
        results.append(Result(config["name"], *accuracies))
    return results
