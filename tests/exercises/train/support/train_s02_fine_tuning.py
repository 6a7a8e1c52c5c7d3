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


def source_scores(state, images, index):
    """What the pretrained net itself says about a source class: (n,) scores of float images."""
    return predict(pretrained(state), images)[:, index]


def source_head(state):
    """The pretrained net's own output layer."""
    return pretrained(state).fc


# -- EfficientNet-Lite0, for ImageNet's own weights (Liu, "Higher accuracy on vision models with EfficientNet-Lite", 2020)

STAGES = (
    (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)  # fmt: skip
"""expansion, channels, blocks, stride of the first, kernel"""
FEATURES, IMAGENET_CLASSES = 1280, 1000


class SamePadded(nn.Conv2d):
    """Padded as TensorFlow does: output = ceil(input / stride), an odd pixel of padding goes right and below."""

    def forward(self, x):
        sides = [self._padding(length) for length in reversed(x.shape[-2:])]
        return super().forward(F.pad(x, [p for total in sides for p in (total // 2, total - total // 2)]))

    def _padding(self, length):
        kernel, stride = self.kernel_size[0], self.stride[0]
        return max((-(-length // stride) - 1) * stride + kernel - length, 0)


def _convolution(inputs, outputs, kernel, stride=1, groups=1, activated=True):
    layers = [
        SamePadded(inputs, outputs, kernel, stride, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-3),
    ]
    return nn.Sequential(*layers, nn.ReLU6()) if activated else nn.Sequential(*layers)


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, expansion, kernel, stride):
        super().__init__()
        wide = inputs * expansion
        self.expand = _convolution(inputs, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = _convolution(wide, wide, kernel, stride, groups=wide)
        self.project = _convolution(wide, outputs, 1, activated=False)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.shortcut else y


class Lite0(nn.Module):
    """Images in 0..1 → scores. Its output layer is "fc"."""

    def __init__(self, classes=IMAGENET_CLASSES):
        super().__init__()
        blocks, width = [], 32
        for expansion, outputs, repeats, stride, kernel in STAGES:
            for i in range(repeats):
                blocks.append(InvertedResidual(width, outputs, expansion, kernel, stride if i == 0 else 1))
                width = outputs
        self.stem, self.blocks = _convolution(3, 32, 3, 2), nn.Sequential(*blocks)
        self.head, self.fc = _convolution(width, FEATURES, 1), nn.Linear(FEATURES, classes)

    def forward(self, x):
        features = self.head(self.blocks(self.stem((255 * x - 127) / 128)))
        return self.fc(features.mean((2, 3)))


PARTS = {
    "_conv_stem": "stem.0", "_bn0": "stem.1", "_conv_head": "head.0", "_bn1": "head.1", "_fc": "fc",
}  # fmt: skip
BLOCK_PARTS = {
    "_expand_conv": "expand.0", "_bn0": "expand.1", "_depthwise_conv": "depthwise.0", "_bn1": "depthwise.1",
    "_project_conv": "project.0", "_bn2": "project.1",
}  # fmt: skip


def _our_name(name):
    """A parameter's name in the published file → its name here."""
    if name.startswith("_blocks."):
        _, number, part, rest = name.split(".", 3)
        return f"blocks.{number}.{BLOCK_PARTS[part]}.{rest}"
    part, rest = name.split(".", 1)
    return f"{PARTS[part]}.{rest}"


def lite0(state):
    """The net with the published weights; every parameter must have its place."""
    net = Lite0()
    ours = {_our_name(name): value for name, value in state.items() if value.is_floating_point()}
    missing = net.load_state_dict(ours, strict=False).missing_keys
    assert all(name.endswith("num_batches_tracked") for name in missing), missing
    return net.eval()


class OneOfImageNet(OneOfMany):
    """ImageNet's features and a head of two outputs, all of whose numbers are zero."""

    def __init__(self, state):
        nn.Module.__init__(self)
        self.features, self.fc = lite0(state), nn.Linear(FEATURES, 2)
        self.features.fc = nn.Identity()
        nn.init.zeros_(self.fc.weight)
        nn.init.zeros_(self.fc.bias)


def one_of_imagenet(state):
    return OneOfImageNet(state)


def imagenet_head(state):
    """ImageNet's own output layer."""
    return lite0(state).fc
