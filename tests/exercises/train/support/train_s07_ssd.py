"""Beside the student's code in 13.7's training: a small detector, its anchors and targets, training with the student's loss.

Anchors and boxes are (x1, y1, x2, y2) as fractions of the image. Nothing here is a student's own: a mistake in 13.4 costs no
point here.
"""

import torch
from course_support_common import block, evaluate, watch
from torch import nn
from torch.nn import functional as F

RATIOS = (1.0, 2.0, 0.5)
POSITIVE = 0.5


# -- anchors and targets


def anchors_of(height, width, sizes):
    """(height · width · 4, 4): two sizes and three ratios at every pixel."""
    y, x = torch.meshgrid(
        (torch.arange(height) + 0.5) / height, (torch.arange(width) + 0.5) / width, indexing="ij"
    )
    shapes = [(s, s) for s in sizes] + [(sizes[0] * r**0.5, sizes[0] / r**0.5) for r in RATIOS[1:]]
    half = torch.tensor(shapes) / 2
    centre = torch.stack((x, y), -1).reshape(-1, 1, 2)
    return torch.cat((centre - half, centre + half), -1).reshape(-1, 4)


def iou(a, b):
    """(n, 4), (m, 4) → (n, m)"""
    low, high = torch.maximum(a[:, None, :2], b[None, :, :2]), torch.minimum(a[:, None, 2:], b[None, :, 2:])
    both = (high - low).clamp(min=0).prod(-1)
    area_a, area_b = ((v[:, 2:] - v[:, :2]).prod(-1) for v in (a, b))
    return both / (area_a[:, None] + area_b[None] - both)


def _centres(boxes):
    return (boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]


def _target(anchors, label):
    """(offsets (A, 4), mask (A, 1), classes (A,)) for the objects (m, 5) of one image."""
    overlap = iou(anchors, label[:, 1:])
    best, owner = overlap.max(1)
    owner = torch.where(best >= POSITIVE, owner, -1)
    owner[overlap.argmax(0)] = torch.arange(len(label))  # every object has an anchor
    mask = (owner >= 0).float()[:, None]
    boxes = label[owner.clamp(min=0), 1:]
    (ac, asize), (bc, bsize) = _centres(anchors), _centres(boxes)
    offsets = torch.cat((10 * (bc - ac) / asize, 5 * torch.log(1e-6 + bsize / asize)), -1)
    classes = torch.where(owner >= 0, label[owner.clamp(min=0), 0].long() + 1, 0)
    return offsets * mask, mask, classes


def targets(anchors, labels):
    """(N, 4A) offsets, (N, 4A) masks, (N, A) classes"""
    found = [_target(anchors, label) for label in labels]
    offsets, masks, classes = (torch.stack(part) for part in zip(*found, strict=True))
    return offsets.flatten(1), masks.expand(-1, -1, 4).flatten(1), classes


# -- detectors


class Detector(nn.Module):
    """Stages one after the other; at each, scores of q+1 classes and four offsets for every anchor."""

    def __init__(self, stages, widths, sizes, classes=1):
        super().__init__()
        self.stages, self.sizes, self.classes = nn.ModuleList(stages), sizes, classes
        self.cls = nn.ModuleList(nn.Conv2d(w, 4 * (classes + 1), 3, padding=1) for w in widths)
        self.box = nn.ModuleList(nn.Conv2d(w, 16, 3, padding=1) for w in widths)

    def forward(self, x):
        anchors, scores, offsets = [], [], []
        for stage, sizes, cls, box in zip(self.stages, self.sizes, self.cls, self.box, strict=True):
            x = stage(x)
            anchors.append(anchors_of(*x.shape[-2:], sizes))
            scores.append(cls(x).permute(0, 2, 3, 1).flatten(1))
            offsets.append(box(x).permute(0, 2, 3, 1).flatten(1))
        scores = torch.cat(scores, 1).reshape(len(x), -1, self.classes + 1)
        return torch.cat(anchors)[None], scores, torch.cat(offsets, 1)


def _stem(size):
    """Layers up to a quarter of the side, and their channels: at gpu size the pictures have 256 pixels a side, not 64."""
    return ([block(3, 16), block(16, 16)], 16) if size == "gpu" else ([], 3)


def detector(size="cpu"):
    """For objects of a third to four fifths of a picture: 8×8, 4×4 and 1×1 places."""
    stem, channels = _stem(size)
    first = nn.Sequential(*stem, block(channels, 16), block(16, 32), block(32, 64), block(64, 64, 1))
    second = nn.Sequential(block(64, 64), block(64, 64, 1))
    stages = [first, second, nn.AdaptiveMaxPool2d(1)]
    return quick(Detector(stages, (64, 64, 64), ((0.3, 0.4), (0.55, 0.7), (0.8, 0.9))))


def small_object_detector(size="cpu"):
    """For objects of a sixth to a third of a picture: 16×16 and 8×8 places, so that nearly all is background."""
    stem, channels = _stem(size)
    first = nn.Sequential(*stem, block(channels, 16), block(16, 32), block(32, 32, 1))
    second = nn.Sequential(block(32, 64), block(64, 64, 1))
    return quick(Detector([first, second], (32, 64), ((0.15, 0.2), (0.26, 0.33))))


def quick(net):
    """With its weights laid out channels last, and so its feature maps: on a CPU a third of the time less."""
    return net.to(memory_format=torch.channels_last)


# -- training and answers


def fit(net, images, labels, loss, epochs, batch_size, lr, device, probe=None):
    """Train with `loss(cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks)`, which gives a number for each image."""
    images = images.float() / 255
    net.to(device)
    with torch.no_grad():
        anchors = evaluate(net, images[:1].to(device))[0][0].cpu().float()
    wanted = targets(anchors, labels)
    optimizer = torch.optim.Adam(net.parameters(), lr)
    steps = epochs * -(-len(images) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    watching = watch(net, len(images), epochs, probe, answers)
    net.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(batch_size):
            offsets, masks, classes = (part[batch].to(device) for part in wanted)
            _, scores, found = net(images[batch].to(device))
            losses = loss(scores, classes, found, offsets, masks)
            optimizer.zero_grad()
            losses.mean().backward()
            optimizer.step()
            schedule.step()
    return watching.finish()


def answers(output):
    anchors, scores, offsets = output
    return anchors.float().cpu(), scores.float().cpu(), offsets.float().cpu()


def detect(net, images, device):
    """(anchors (1, A, 4), scores (n, A, q+1), offsets (n, 4A))"""
    parts = [answers(evaluate(net, part.to(device).float() / 255)) for part in images.split(64)]
    return parts[0][0], torch.cat([p[1] for p in parts]), torch.cat([p[2] for p in parts])


def plain_loss(cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks):
    classes = F.cross_entropy(cls_preds.transpose(1, 2), cls_labels, reduction="none").mean(1)
    return classes + ((bbox_preds - bbox_labels).abs() * bbox_masks).mean(1)


class MinedLoss:
    """The class loss counts only for the anchors that the student's `sample_negatives` keeps."""

    def __init__(self, sample_negatives, ratio):
        self.sample_negatives, self.ratio = sample_negatives, ratio

    def __call__(self, cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks):
        losses = F.cross_entropy(cls_preds.transpose(1, 2), cls_labels, reduction="none")
        kept = self.sample_negatives(losses.detach(), cls_labels, self.ratio).to(losses.dtype)
        boxes = ((bbox_preds - bbox_labels).abs() * bbox_masks).sum(1) / bbox_masks.sum(1).clamp(min=1)
        return (losses * kept).sum(1) / kept.sum(1).clamp(min=1) + boxes


def mined_loss(sample_negatives, ratio=3):
    return MinedLoss(sample_negatives, ratio)


def function(name):
    """A function of this module, to be handed back to it."""
    return globals()[name]
