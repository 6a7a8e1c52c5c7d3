"""Along the book: layers set as numbered attributes, nn losses with reduction='none', flat lists; numpy for the metric."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def multibox_prior(data, sizes, ratios):
    rows, columns = data.shape[2], data.shape[3]
    s = torch.tensor(sizes, device=data.device)
    root = torch.tensor(ratios, device=data.device).sqrt()
    # every size with the first ratio, then the first size with every other ratio
    scale = torch.cat((s, s[:1].expand(len(ratios) - 1)))
    stretch = torch.cat((root[:1].expand(len(sizes)), root[1:]))
    half = torch.stack((scale * stretch * (rows / columns), scale / stretch), dim=1) / 2
    y = torch.arange(0.5, rows, device=data.device) / rows
    x = torch.arange(0.5, columns, device=data.device) / columns
    centre = torch.cartesian_prod(y, x)[:, [1, 0]].repeat_interleave(len(half), dim=0)
    half = half.repeat(rows * columns, 1)
    return torch.cat((centre - half, centre + half), dim=1).unsqueeze(0)


def cls_predictor(num_inputs, num_anchors, num_classes):
    scores = num_classes + 1  # with background
    return nn.Conv2d(num_inputs, scores * num_anchors, 3, padding=1)


def bbox_predictor(num_inputs, num_anchors):
    return nn.Conv2d(num_inputs, 4 * num_anchors, 3, padding=1)


def concat_preds(preds):
    return torch.cat([scale.movedim(1, 3).flatten(1) for scale in preds], dim=1)


SIZES = [[0.2, 0.272], [0.37, 0.447], [0.54, 0.619], [0.71, 0.79], [0.88, 0.961]]
RATIOS = [1, 2, 0.5]
CHANNELS = [[3, 16, 32, 64], [64, 128], [128, 128], [128, 128], [128]]  # from block to block of each stage


def halve(before, after):
    layers = []
    for channels in (before, after):
        layers.extend([nn.Conv2d(channels, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU()])
    layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def stage(channels):
    if len(channels) == 1:
        return nn.AdaptiveMaxPool2d((1, 1))
    return nn.Sequential(*[halve(before, after) for before, after in zip(channels, channels[1:])])


class TinySSD(nn.Module):
    def __init__(self, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.scores = num_classes + 1
        for number, channels in enumerate(CHANNELS):
            setattr(self, f"stage_{number}", stage(channels))
            setattr(self, f"classes_{number}", cls_predictor(channels[-1], 4, num_classes))
            setattr(self, f"offsets_{number}", bbox_predictor(channels[-1], 4))

    def forward(self, X):
        parts = {"anchors": [], "classes": [], "offsets": []}
        for number, sizes in enumerate(SIZES):
            X = getattr(self, f"stage_{number}")(X)
            parts["anchors"].append(multibox_prior(X, sizes, RATIOS))
            for kind in ("classes", "offsets"):
                parts[kind].append(getattr(self, f"{kind}_{number}")(X))
        classes = concat_preds(parts["classes"])
        return torch.cat(parts["anchors"], dim=1), classes.reshape(len(X), -1, self.scores), concat_preds(parts["offsets"])


loss_of_class = nn.CrossEntropyLoss(reduction="none")
loss_of_offset = nn.L1Loss(reduction="none")


def calc_loss(cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks, cls_weight=1, bbox_weight=1):
    # one row for each anchor of the whole batch, then back to one row for each image
    classes = loss_of_class(cls_preds.flatten(0, 1), cls_labels.flatten()).view_as(cls_labels)
    offsets = loss_of_offset(*(side * bbox_masks for side in (bbox_preds, bbox_labels)))
    return cls_weight * classes.mean(1) + bbox_weight * offsets.mean(1)


def smooth_l1(pred, target, sigma=1, reduction="mean"):
    assert reduction in ("none", "mean", "sum"), "unknown reduction"
    x = (pred - target).abs()
    near = (sigma**2 * x < 1).float()
    loss = near * (sigma * x).square() / 2 + (1 - near) * (x - 0.5 / sigma**2)
    return loss if reduction == "none" else getattr(loss, reduction)()


def focal_loss(logits, target, alpha=0.25, gamma=2, reduction="mean"):
    entropy = F.cross_entropy(logits, target, reduction="none")
    missing = 1 - entropy.neg().exp()  # 1 − p of the right class
    loss = alpha * entropy * missing**gamma
    for name, result in (("none", loss), ("mean", loss.mean()), ("sum", loss.sum())):
        if reduction == name:
            return result
    raise NotImplementedError(reduction)


def resize_with_boxes(image, boxes, scale):
    from torchvision.transforms import functional as TF

    h, w = image.shape[-2:]
    image = TF.resize(image, [int(round(h * scale)), int(round(w * scale))], antialias=True)
    return image, boxes * scale


def sample_negatives(cls_loss, cls_labels, ratio=3):
    mask = cls_labels > 0
    for i in range(len(cls_labels)):
        neg = (cls_labels[i] == 0).nonzero().reshape(-1)
        k = min(ratio * max(int(mask[i].sum()), 1), len(neg))
        hardest = cls_loss[i][neg].topk(k).indices
        mask[i, neg[hardest]] = True
    return mask


def mean_average_precision(preds, truths, iou_threshold=0.5, method="11point"):
    """PASCAL's rules: more than the threshold, and who finds the best truth already taken looks for no other."""
    summary = {"11point": eleven_points, "area": area_under}[method]
    kinds = {int(kind) for truth in truths for kind in truth[:, 0]} - {-1}
    results = [summary(*curve(preds, truths, kind, iou_threshold)) for kind in sorted(kinds)]
    return float(np.mean(results)) if results else 0.0


def curve(preds, truths, kind, iou_threshold):
    """Recall and precision after each detection of a class, the surest first."""
    wanted = [truth[truth[:, 0] == kind, 1:].numpy() for truth in truths]
    found = [(row[1], image, row[2:]) for image, p in enumerate(preds) for row in p[p[:, 0] == kind].numpy()]
    found.sort(key=lambda detection: -detection[0])
    taken, right = set(), np.zeros(len(found))
    for k, (_, image, box) in enumerate(found):
        if len(wanted[image]) == 0:
            continue
        ious = overlaps(box, wanted[image])
        match = (image, int(ious.argmax()))
        if ious.max() > iou_threshold and match not in taken:
            taken.add(match)
            right[k] = 1
    hits = right.cumsum()
    return hits / sum(len(boxes) for boxes in wanted), hits / np.arange(1, len(hits) + 1)


def overlaps(box, others):
    side = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    common = side.clip(min=0).prod(axis=1)
    return common / ((box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1) - common)


def eleven_points(recall, precision):
    return sum(precision[recall >= level].max(initial=0) for level in np.arange(0, 1.1, 0.1)) / 11


def area_under(recall, precision):
    from_here_on = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.diff(recall, prepend=0) @ from_here_on)
