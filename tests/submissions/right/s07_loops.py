"""Element by element with torch.stack; plain Python for the metric; a network of nested Sequentials."""

import math

import torch
from torch import nn
from solution import bbox_predictor, cls_predictor, multibox_prior


def reduce_(values, reduction):
    how = {"none": lambda v: v, "mean": torch.mean, "sum": torch.sum}
    return how[reduction](values)


def smooth_l1(pred, target, sigma, reduction):
    bend = sigma**-2
    losses = []
    for distance in (pred - target).abs().flatten().unbind():
        far = distance - bend / 2
        losses.append(far if distance >= bend else distance**2 / bend / 2)
    return reduce_(torch.stack(losses).reshape(pred.shape), reduction)


def focal_loss(logits, target, alpha, gamma, reduction):
    losses = []
    for row, t in zip(logits, target):
        logp = row[t] - torch.logsumexp(row, 0)
        losses.append(-alpha * (1 - torch.exp(logp)).pow(gamma) * logp)
    return reduce_(torch.stack(losses), reduction)


def calc_loss(cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks, cls_weight=1.0, bbox_weight=1.0):
    result = []
    for i in range(cls_preds.shape[0]):
        c = focal_loss(cls_preds[i], cls_labels[i], 1, 2, "mean")
        b = smooth_l1(bbox_preds[i] * bbox_masks[i], bbox_labels[i] * bbox_masks[i], 1, "mean")
        result.append(cls_weight * c + bbox_weight * b)
    return torch.stack(result)


def block(cin, cout):
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(cin, cout, 3, 1, 1), nn.BatchNorm2d(cout), nn.ReLU(inplace=True)),
        nn.Sequential(nn.Conv2d(cout, cout, 3, 1, 1), nn.BatchNorm2d(cout), nn.ReLU(inplace=True)),
        nn.MaxPool2d(2, 2),
    )


class TinySSD(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.q = num_classes
        self.features = nn.ModuleList(
            [nn.Sequential(block(3, 16), block(16, 32), block(32, 64)), block(64, 128), block(128, 128), block(128, 128)]
        )
        self.heads = nn.ModuleList()
        for c in [64, 128, 128, 128, 128]:
            self.heads.append(nn.ModuleDict({"cls": cls_predictor(c, 4, num_classes), "box": bbox_predictor(c, 4)}))

    def forward(self, x):
        size_table = [[0.2, 0.272], [0.37, 0.447], [0.54, 0.619], [0.71, 0.79], [0.88, 0.961]]
        anchors, classes, offsets = [], [], []
        for i, head in enumerate(self.heads):
            x = self.features[i](x) if i < 4 else torch.amax(x, dim=(2, 3), keepdim=True)
            n, _, h, w = x.shape
            anchors.append(multibox_prior(x, size_table[i], [1, 2, 0.5]).reshape(-1, 4))
            classes.append(head["cls"](x).permute(0, 2, 3, 1).reshape(n, h * w * 4, self.q + 1))
            offsets.append(head["box"](x).permute(0, 2, 3, 1).reshape(n, h * w * 4, 4))
        return torch.cat(anchors), torch.cat(classes, 1), torch.cat(offsets, 1)


def resize_with_boxes(image, boxes, scale):
    channels, height, width = image.shape
    new_height, new_width = int(height * scale), int(width * scale)
    rows = [min(int((r + 0.5) / scale), height - 1) for r in range(new_height)]
    columns = [min(int((c + 0.5) / scale), width - 1) for c in range(new_width)]
    return image[:, rows][:, :, columns], torch.stack([b * scale for b in boxes]) if len(boxes) else boxes


def sample_negatives(cls_loss, cls_labels, ratio=3):
    keep = torch.zeros_like(cls_labels)
    for i, (losses, labels) in enumerate(zip(cls_loss.tolist(), cls_labels.tolist())):
        negatives = sorted((j for j, c in enumerate(labels) if c == 0), key=lambda j: -losses[j])
        positives = [j for j, c in enumerate(labels) if c > 0]
        for j in positives + negatives[: ratio * (len(positives) or 1)]:
            keep[i, j] = 1
    return keep


def overlap(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def mean_average_precision(preds, truths, iou_threshold=0.5, method="area"):
    if method != "area" and method != "11point":
        raise ValueError("method")
    per_class = {}
    for i, t in enumerate(truths):
        for c, *box in t.tolist():
            if c >= 0:
                per_class.setdefault(int(c), []).append([i, box, False])
    total = 0.0
    for c, wanted in per_class.items():
        found = [(s, i, box) for i, p in enumerate(preds) for k, s, *box in p.tolist() if int(k) == c]
        found.sort(key=lambda f: f[0], reverse=True)
        hits, curve = 0, []
        for n, (s, i, box) in enumerate(found, 1):
            # the best of the truths that are still free, as COCO does it
            free = [w for w in wanted if w[0] == i and not w[2]]
            best = max(free, key=lambda w: overlap(box, w[1]), default=None)
            if best is not None and overlap(box, best[1]) >= iou_threshold:
                best[2] = True
                hits += 1
            curve.append((hits / len(wanted), hits / n))
        if method == "11point":
            for k in range(11):
                total += max((p for r, p in curve if r > k / 10 or math.isclose(r, k / 10)), default=0.0) / 11
        else:
            before = 0.0
            for r in sorted({r for r, _ in curve}):
                total += (r - before) * max(p for q, p in curve if q >= r)
                before = r
    return total / len(per_class) if per_class else 0.0
