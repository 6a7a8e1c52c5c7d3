"""Parameters as dicts, one group for each parameter, a class for the results."""

import numpy as np
import torch
from torch import nn


class Outcome:
    def __init__(self, name, train_accuracy, test_accuracy):
        self.name, self.train_accuracy, self.test_accuracy = name, train_accuracy, test_accuracy


def param_groups(net, lr, head="fc"):
    groups = []
    for name, p in net.named_parameters():
        is_head = name == head or name.startswith(f"{head}.")
        groups.append({"params": p, "lr": lr * (10 if is_head else 1), "name": name})
    return groups


def fit_and_score(net, groups, train_set, sets, epochs, batch_size):
    order = np.random.RandomState(0)
    opt = torch.optim.Adam(groups)
    for _ in range(epochs):
        net.train()
        indices = order.permutation(len(train_set))
        for k in range(0, len(indices), batch_size):
            pairs = [train_set[i] for i in indices[k : k + batch_size]]
            x, y = torch.stack([p[0] for p in pairs]), torch.as_tensor([p[1] for p in pairs])
            opt.zero_grad()
            nn.NLLLoss()(net(x).log_softmax(-1), y).backward()
            opt.step()
    net.eval()
    return [np.mean([int(net(x[None]).argmax()) == y for x, y in data]) for data in sets]


def lr_sweep(make_net, train_set, test_set, lrs, **options):
    torch.manual_seed(options["seed"])
    state, result = torch.get_rng_state(), {}
    for lr in lrs:
        torch.set_rng_state(state)
        net = make_net()
        groups = param_groups(net, lr, options["head"])
        result[lr] = fit_and_score(net, groups, train_set, [test_set], options["epochs"], options["batch_size"])[0]
    return result


def compare(configs, train_set, test_set, **options):
    results = []
    for config in configs:
        torch.manual_seed(options["seed"])
        net = config["make_net"]()
        groups = param_groups(net, config["lr"], options["head"])
        if not config["param_group"]:
            for group in groups:
                group["lr"] = config["lr"]
        sets = [train_set, test_set]
        accuracies = fit_and_score(net, groups, train_set, sets, options["epochs"], options["batch_size"])
        results.append(Outcome(config["name"], *accuracies))
    return results


def freeze_trunk(net, head="fc"):
    trained = {f"{head}.{name}" for name, _ in net.get_submodule(head).named_parameters()}
    for name, p in net.named_parameters():
        if name not in trained:
            p.requires_grad = False
            p.grad = None
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.track_running_stats = False
    return net


def head_from_class(net, pretrained_head, class_index, row=0):
    state = {k: v.clone() for k, v in net.fc.state_dict().items()}
    for key, value in pretrained_head.state_dict().items():
        state[key][row] = value[class_index]
    net.fc.load_state_dict(state)
    return net
