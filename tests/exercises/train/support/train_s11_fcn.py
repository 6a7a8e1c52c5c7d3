"""Beside the student's code in 13.11's training: backbones, a plain net of the course's own, training, predictions."""

import torch
from course_support_common import BATCH, block, evaluate, watch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset

UNLABELLED = 255


def backbone(stride=8, size="cpu"):
    """Divides height and width by `stride`; at gpu size a ResNet-18 without its last layers."""
    if size == "gpu":
        import torchvision

        net = nn.Sequential(*list(torchvision.models.resnet18(weights=None).children())[:-2])
        net.out_channels, net.stride = 512, 32
        return net
    assert stride == 8, stride
    net = nn.Sequential(block(3, 16), block(16, 32), block(32, 64), block(64, 64, 1), block(64, 64, 1))
    net.out_channels, net.stride = 64, stride
    return net


def _stage(inputs, outputs, stride, deep=False):
    more = [block(outputs, outputs, 1), block(outputs, outputs, 1)] if deep else []
    stage = nn.Sequential(block(inputs, outputs, stride), *more)
    stage.out_channels, stage.stride = outputs, stride
    return stage


def stages(size="cpu"):
    """The same backbone cut into pieces: three that each halve the size, at gpu size the four of ResNet-18."""
    if size == "gpu":
        import torchvision

        whole = list(torchvision.models.resnet18(weights=None).children())
        parts = [nn.Sequential(*whole[:5]), *whole[5:8]]
        for part, width, stride in zip(parts, (64, 128, 256, 512), (4, 2, 2, 2), strict=True):
            part.out_channels, part.stride = width, stride
        return parts
    return [_stage(3, 16, 2), _stage(16, 32, 2), _stage(32, 64, 2, deep=True)]


class Interpolate(nn.Module):
    """Enlarges score maps bilinearly."""

    def __init__(self, stride):
        super().__init__()
        self.stride = stride

    def forward(self, scores):
        return F.interpolate(scores, scale_factor=self.stride, mode="bilinear", align_corners=False)


def plain_fcn(classes, size="cpu"):
    """The course's own net without skips: backbone, 1×1 convolution, enlargement."""
    trunk = backbone(size=size)
    head = nn.Conv2d(trunk.out_channels, classes, 1)
    return nn.Sequential(trunk, head, Interpolate(trunk.stride))


def freeze_upsampling(net):
    """Transposed convolutions keep the weights they have; how many there are."""
    found = [m for m in net.modules() if isinstance(m, nn.ConvTranspose2d)]
    for layer in found:
        layer.requires_grad_(False)
    return len(found)


def dataset(images, masks):
    """Pairs of a float image and its mask, which comes as bytes: at gpu size eight times as many would be too many to send."""
    return TensorDataset(images.float() / 255, masks.long())


def watch_classes(net, examples, epochs, probe):
    """Watch a net, and keep the classes it gives the probe's pixels."""
    return watch(net, examples, epochs, probe.float() / 255, keep=classes_of)


def classes_of(scores):
    return scores.argmax(1).to(torch.uint8).cpu()


def finish(watching):
    return watching.finish()


def segment(net, images, device):
    """The class of every pixel, uint8 (n, H, W)."""
    net.to(device)
    parts = images.split(BATCH // 4)
    return torch.cat([classes_of(evaluate(net, part.to(device).float() / 255)) for part in parts])


def fit(net, images, masks, epochs, batch_size, lr, device, one_cycle=True):
    """The course's training."""
    images = images.float() / 255
    net.to(device).train()
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr)
    steps = epochs * -(-len(images) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps) if one_cycle else None
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(batch_size):
            scores = net(images[batch].to(device))
            loss = F.cross_entropy(scores, masks[batch].to(device).long(), ignore_index=UNLABELLED)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if schedule is not None:
                schedule.step()
    return net
