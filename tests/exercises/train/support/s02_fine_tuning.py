"""Beside the student's code in 13.2's training: pretrained nets with new heads, factories that keep what they made."""

import torch
from course_support_common import BreedNet, finish, predict, pretrained, watch  # noqa: F401 (checks call them)
from torch import nn
from torch.nn import functional as F


def fresh_head(state, classes):
    """The pretrained trunk with a new head "fc"."""
    net = pretrained(state)
    net.fc = nn.Linear(net.fc.in_features, classes)
    return net


def dataset(images, labels):
    """A sequence of (float image (3, H, W), int)."""
    return list(zip((images.float() / 255).unbind(), labels.tolist(), strict=True))


class Factory:
    """Makes a net at each call and keeps it, so that what a student says about it can be measured."""

    def __init__(self, state, classes):
        self.state, self.classes, self.made = state, classes, []

    def __call__(self):
        net = BreedNet(self.classes) if self.state is None else fresh_head(self.state, self.classes)
        self.made.append(net)
        return net


def factory(state, classes):
    """state: None for nets from scratch"""
    return Factory(state, classes)


def made(factory):
    return list(factory.made)


def fit(net, images, labels, groups, lr, epochs, batch_size, device, probe=None):
    """The course's training: Adam, one cycle of each group's rate, cross entropy. Returns what the probe's trials were.

    groups: a function (net, lr) → parameter groups; None: all parameters that require gradients, at `lr`
    """
    net.to(device)
    trained = [p for p in net.parameters() if p.requires_grad]
    chosen = groups(net, lr) if groups else [{"params": trained, "lr": lr}]
    watching = watch(net, len(images), epochs, probe)
    if any(p.requires_grad for group in chosen for p in _members(group)):
        _train(net, images.float() / 255, labels, chosen, lr, epochs, batch_size, device)
    return watching.finish()


def _members(group):
    return [group["params"]] if isinstance(group["params"], torch.Tensor) else list(group["params"])


def _train(net, images, labels, groups, lr, epochs, batch_size, device):
    optimizer = torch.optim.Adam(groups, lr)
    rates = [group["lr"] for group in optimizer.param_groups]
    steps = epochs * -(-len(images) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps)
    net.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(batch_size):
            loss = F.cross_entropy(net(images[batch].to(device)), labels[batch].to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


class OneOfMany(nn.Module):
    """The pretrained trunk and a head of two outputs, all of whose numbers are zero."""

    def __init__(self, state):
        super().__init__()
        trunk = pretrained(state)
        self.features, self.fc = trunk.features, nn.Linear(trunk.fc.in_features, 2)
        nn.init.zeros_(self.fc.weight)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x):
        return self.fc(self.features(x))


def one_of_many(state):
    return OneOfMany(state)


def source_head(state):
    """The pretrained net's own output layer."""
    return pretrained(state).fc
