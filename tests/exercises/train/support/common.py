"""Beside the student's code in training tasks: devices, small nets, watched training, predictions.

`tell` is the worker's: it reports how far a training is.
"""

import torch
from torch import nn
from torch.nn import functional as F

from grader.worker.book import resnet18
from grader.worker.watch import Watch, evaluate

BATCH = 256


def as_floats(images):
    """uint8 → float in 0..1."""
    return images.float() / 255


def block(inputs, outputs, stride=2):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, padding=1), nn.BatchNorm2d(outputs), nn.ReLU())


class Amplified(nn.Module):
    """Larger scores. A softmax before the softmax of the loss hardly shows in the accuracy of a net whose scores are
    small; with large ones its gradient all but vanishes, while the cross entropy itself does not mind."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, scores):
        return scores * self.factor


def classifier(classes, size="cpu", widths=(16, 32, 64), factor=8.0):
    """A net for small pictures; at gpu size the book's ResNet-18."""
    if size == "gpu":
        return nn.Sequential(resnet18(classes, 3), Amplified(factor))
    layers = [block(i, o) for i, o in zip((3, *widths), widths, strict=False)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], classes)]
    return nn.Sequential(*layers, *head, Amplified(factor))


class BreedNet(nn.Module):
    """What the course pretrains on the source breeds (../pretrain.py): a trunk and a head named "fc"."""

    widths = (16, 32, 64)

    def __init__(self, classes):
        super().__init__()
        blocks = [block(i, o) for i, o in zip((3, *self.widths), self.widths, strict=False)]
        self.features = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.fc = nn.Linear(self.widths[-1], classes)

    def forward(self, x):
        return self.fc(self.features(x))


def pretrained(state):
    """The net with the weights of the course's file; as many classes as they have."""
    net = BreedNet(len(state["fc.bias"]))
    net.load_state_dict(
        {name: value.float() for name, value in state.items() if value.is_floating_point()}, strict=False
    )
    return net


# -- watching and asking


def scores_of(output):
    return output.float().cpu()


def watch(net, examples, epochs, probe=None, keep=scores_of):
    """Watch a net through its training; `probe` are float inputs it is tried on after each epoch."""
    return Watch(net, examples=examples, epochs=epochs, tell=tell, probe=probe, keep=keep)  # noqa: F821


def finish(watching):
    """What the net answered to the probe: before training, and after each epoch."""
    return watching.finish()


def predict(net, inputs, device="cpu"):
    """The net's scores in evaluation mode, on the CPU."""
    net.to(device)
    return torch.cat([evaluate(net, part.to(device)).float().cpu() for part in inputs.split(BATCH)])


def train(net, images, labels, epochs, batch_size, lr, device="cpu", prepare=None):
    """The course's own training, for tasks that judge another part of the student's work.

    images: float (n, 3, H, W); prepare: from a batch of them to the batch the net is fed
    """
    net.to(device).train()
    optimizer = torch.optim.Adam(net.parameters(), lr)
    steps = epochs * -(-len(images) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(batch_size):
            inputs = images[batch] if prepare is None else prepare(images[batch])
            loss = F.cross_entropy(net(inputs.to(device)), labels[batch].to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return net
