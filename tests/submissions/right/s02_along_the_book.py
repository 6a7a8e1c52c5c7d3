"""Along the book: names of the head's parameters, SGD, groups whose trunk takes the optimiser's rate."""

import collections

import torch
from torch import nn

Result = collections.namedtuple("Result", "name train_accuracy test_accuracy")


def param_groups(net, lr, head="fc"):
    names = [head + ".weight", head + ".bias"]
    params_1x = [param for name, param in net.named_parameters() if name not in names]
    params_10x = [param for name, param in net.named_parameters() if name in names]
    return [{"params": params_1x}, {"params": params_10x, "lr": lr * 10}]


def accuracy(net, data_iter, device):
    net.eval()
    n = correct = 0
    with torch.no_grad():
        for X, y in data_iter:
            correct += float((net(X.to(device)).argmax(axis=1) == y.to(device)).sum())
            n += len(y)
    return correct / n


def train_fine_tuning(net, train_iter, lr, epochs, device, param_group=True, head="fc"):
    loss = nn.CrossEntropyLoss(reduction="none")
    groups = param_groups(net, lr, head) if param_group else net.parameters()
    trainer = torch.optim.Adam(groups, lr=lr, weight_decay=0.001)
    for epoch in range(epochs):
        net.train()
        for X, y in train_iter:
            trainer.zero_grad()
            l = loss(net(X.to(device)), y.to(device)).sum()
            l.backward()
            trainer.step()


def lr_sweep(make_net, train_set, test_set, lrs, *, epochs, batch_size, head, device, seed):
    result = {}
    for lr in lrs:
        torch.manual_seed(seed)
        net = make_net()
        net.to(device)
        train_iter = torch.utils.data.DataLoader(train_set, batch_size=batch_size, shuffle=True)
        train_fine_tuning(net, train_iter, lr, epochs, device, head=head)
        result[lr] = accuracy(net, torch.utils.data.DataLoader(test_set, batch_size=batch_size), device)
    return result


def compare(configs, train_set, test_set, *, epochs, batch_size, head, device, seed):
    results = []
    for c in configs:
        torch.manual_seed(seed)
        net = c["make_net"]()
        net.to(device)
        train_iter = torch.utils.data.DataLoader(train_set, batch_size=batch_size, shuffle=True)
        test_iter = torch.utils.data.DataLoader(test_set, batch_size=batch_size)
        train_fine_tuning(net, train_iter, c["lr"], epochs, device, c["param_group"], head)
        results.append(Result(c["name"], accuracy(net, train_iter, device), accuracy(net, test_iter, device)))
    return results


def freeze_trunk(net, head="fc"):
    for name, param in net.named_parameters():
        if name not in [head + ".weight", head + ".bias"]:
            param.requires_grad = False
    for name, module in net.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
            module.train = lambda mode=True: None
    return net


def head_from_class(net, pretrained_head, class_index, row=0):
    hotdog_w = torch.split(pretrained_head.weight.data, 1, dim=0)[class_index]
    net.fc.weight.data[row] = hotdog_w.data.reshape(-1)
    net.fc.bias.data[row] = pretrained_head.bias.data[class_index]
    return net
