"""Course code that runs beside the student's: small nets with trunk and head, factories that keep what they made."""

import copy

import torch
from torch import nn


class SmallNet(nn.Module):
    """A trunk with batch normalisation, a submodule whose name resembles the head's, dropout, and a head."""

    def __init__(self, classes, dropout=0.0):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.drop, self.fc = nn.Dropout(dropout), nn.Linear(4, classes)
        self.trained_on = 0

    def forward(self, x):
        if self.training and torch.is_grad_enabled():
            self.trained_on += len(x)
        x = torch.relu(self.bn(self.conv(x))).mean((2, 3))
        return self.fc(self.drop(x))


class LookAlike(nn.Module):
    """A net with submodules called "block.fc" and "fc_in" in its trunk, and a head of two levels."""

    def __init__(self, classes):
        super().__init__()
        self.block = nn.ModuleDict({"fc": nn.Linear(3, 4)})
        self.fc_in = nn.Linear(4, 5)
        self.fc = nn.Linear(5, classes)

    def forward(self, x):
        x = torch.relu(self.block["fc"](x.mean((2, 3))))
        return self.fc(torch.relu(self.fc_in(x)))


class Nested(nn.Module):
    """A net whose head is the submodule "classifier.1"."""

    def __init__(self, classes):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)
        self.classifier = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, classes))

    def forward(self, x):
        return self.classifier(self.conv(x).mean((2, 3)))


NETS = {"plain": SmallNet, "look-alike": LookAlike, "nested": Nested}


def make(kind, classes=3):
    """A net whose numbers all differ, biases and norms too, with moved batch statistics; in evaluation mode."""
    net = NETS[kind](classes)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.5 + 0.1)
        net.train()(torch.rand(8, 3, 4, 4))
    return net.eval()


def steps(net, images, labels, momentum=0.9, before=None):
    """A few steps of SGD with weight decay on all parameters, in training mode, as a training loop does them.

    before: an optimiser of `optimiser`, made before the net was changed
    """
    optimizer = before or torch.optim.SGD(net.parameters(), 0.1, momentum=momentum, weight_decay=0.1)
    net.train()
    for _ in range(3):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(images), labels).backward()
        optimizer.step()
    net.eval()


def optimiser_after_a_step(net, images, labels):
    """An optimiser of all parameters that has taken a step, so that it holds momentum and gradients."""
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9, weight_decay=0.1)
    nn.functional.cross_entropy(net(images), labels).backward()
    optimizer.step()
    return optimizer


def dataset(images, labels):
    """A map-style data set of (image, int)."""
    return list(zip(images.unbind(), labels.tolist(), strict=True))


def watch_gradients(net):
    """Let `net.left_over` hold the largest part of a gradient that a step had from earlier batches.

    A parameter is told its fresh gradient first and, after that was added to what it holds, the sum.
    """
    net.left_over = 0.0

    def watch(parameter):
        fresh = []

        def compare(accumulated):
            net.left_over = max(net.left_over, float((accumulated.grad - fresh.pop()).abs().max()))

        parameter.register_hook(lambda gradient: fresh.append(gradient.detach().clone()))
        parameter.register_post_accumulate_grad_hook(compare)

    for parameter in net.parameters():
        watch(parameter)
    return net


class Factory:
    """Makes small nets and keeps each with a copy of its beginning. fixed: all nets start with the same values."""

    def __init__(self, classes, fixed):
        self.classes, self.fixed, self.made, self.beginnings = classes, fixed, [], []

    def __call__(self):
        if self.fixed:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(5)
                net = SmallNet(self.classes, dropout=0.3)
        else:
            net = SmallNet(self.classes, dropout=0.3)
        self.made.append(net)
        self.beginnings.append(copy.deepcopy(net))
        return watch_gradients(net)


def factory(classes=3, fixed=False):
    return Factory(classes, fixed)


def linear(outputs, inputs, device="cpu"):
    return nn.Linear(inputs, outputs, device=device)


class HeadOnly(nn.Module):
    def __init__(self, outputs, inputs, device):
        super().__init__()
        self.fc = nn.Linear(inputs, outputs, device=device)

    def forward(self, x):
        return self.fc(x)


def head_only(outputs, inputs, device="cpu"):
    return HeadOnly(outputs, inputs, torch.device(device))


def overwrite(layer, value):
    """Fill weight and bias of a layer in place."""
    with torch.no_grad():
        layer.weight.fill_(value)
        layer.bias.fill_(value)
