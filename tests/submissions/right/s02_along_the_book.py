"""Along the book: names of the head's parameters, summed losses, groups whose trunk takes the optimiser's rate."""

import collections

import torch
from torch import nn

Result = collections.namedtuple("Result", "name train_accuracy test_accuracy")


def param_groups(net, lr, head="fc"):
    trunk, new = {"params": []}, {"params": [], "lr": 10 * lr}
    for name, parameter in net.named_parameters():
        group = new if name in (f"{head}.weight", f"{head}.bias") else trunk
        group["params"].append(parameter)
    return [trunk, new]


def share_right(net, pairs, batch_size, device):
    net.eval()
    answers = []
    with torch.no_grad():
        for images, kinds in torch.utils.data.DataLoader(pairs, batch_size):
            answers.extend((net(images.to(device)).argmax(axis=1) == kinds.to(device)).tolist())
    return sum(answers) / len(answers)


def fine_tune(net, pairs, groups, lr, epochs, batch_size, device):
    batches = torch.utils.data.DataLoader(pairs, batch_size, shuffle=True)
    adam = torch.optim.Adam(groups, lr=lr, weight_decay=0.001)
    each = nn.CrossEntropyLoss(reduction="none")
    net.train()
    for _ in range(epochs):
        for images, kinds in batches:
            adam.zero_grad()
            each(net(images.to(device)), kinds.to(device)).sum().backward()
            adam.step()


def seeded(make_net, seed, device):
    torch.manual_seed(seed)
    return make_net().to(device)


def lr_sweep(make_net, train_set, test_set, lrs, *, epochs, batch_size, head, device, seed):
    measured = {}
    for lr in lrs:
        net = seeded(make_net, seed, device)
        fine_tune(net, train_set, param_groups(net, lr, head), lr, epochs, batch_size, device)
        measured[lr] = share_right(net, test_set, batch_size, device)
    return measured


def compare(configs, train_set, test_set, *, epochs, batch_size, head, device, seed):
    table = []
    for config in configs:
        net, lr = seeded(config["make_net"], seed, device), config["lr"]
        groups = param_groups(net, lr, head) if config["param_group"] else net.parameters()
        fine_tune(net, train_set, groups, lr, epochs, batch_size, device)
        table.append(Result(config["name"], *(share_right(net, part, batch_size, device) for part in (train_set, test_set))))
    return table


def freeze_trunk(net, head="fc"):
    for name, parameter in net.named_parameters():
        parameter.requires_grad = name in (f"{head}.weight", f"{head}.bias")
    for module in net.modules():
        if type(module) is nn.BatchNorm2d:
            module.eval()
            module.train = lambda mode=True: None
    return net


def head_from_class(net, pretrained_head, class_index, row=0):
    rows = pretrained_head.weight.data.split(1)  # (1, D) each
    net.fc.weight.data[row] = rows[class_index].squeeze()
    net.fc.bias.data[row] = pretrained_head.bias.data[class_index]
    return net
