"""Built-ins and one-liners, float64 inside, PIL and numpy where they are handy."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image
from solution import box_iou, concat_preds, multibox_prior


def smooth_l1(pred, target, sigma=1.0, reduction="mean"):
    return F.smooth_l1_loss(pred.double(), target.double(), reduction=reduction, beta=sigma**-2)


def focal_loss(logits, target, alpha=1.0, gamma=2.0, reduction="mean"):
    logp = torch.log_softmax(logits.double(), -1)
    pt_log = -F.nll_loss(logp, target, reduction="none")
    loss = -(alpha * (-torch.expm1(pt_log)) ** gamma * pt_log)
    if reduction not in {"none", "mean", "sum"}:
        raise ValueError
    return loss if reduction == "none" else getattr(loss, reduction)()


def calc_loss(cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks, cls_weight=1, bbox_weight=1):
    onehot = F.one_hot(cls_labels, cls_preds.shape[-1])
    cls = -(onehot * cls_preds.log_softmax(-1)).sum(-1).mean(-1)
    bbox = F.l1_loss(bbox_preds * bbox_masks, bbox_labels * bbox_masks, reduction="none").mean(-1)
    return torch.stack([cls, bbox], -1) @ torch.tensor([float(cls_weight), float(bbox_weight)])


class TinySSD(nn.Module):
    SIZES = [[0.2, 0.272], [0.37, 0.447], [0.54, 0.619], [0.71, 0.79], [0.88, 0.961]]

    def __init__(self, num_classes):
        super().__init__()
        w = [3, 16, 32, 64, 128, 128, 128]
        down = [
            nn.Sequential(
                nn.Conv2d(a, b, 3, padding="same"), nn.BatchNorm2d(b), nn.ReLU(),
                nn.Conv2d(b, b, 3, padding="same"), nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(2),
            )
            for a, b in zip(w, w[1:])
        ]
        self.trunk = nn.ModuleList([nn.Sequential(*down[:3]), *down[3:], nn.AdaptiveMaxPool2d(1)])
        self.head = nn.ModuleList([nn.Conv2d(c, 4 * (num_classes + 1 + 4), 3, padding=1) for c in [64] + [128] * 4])
        self.split = [4 * (num_classes + 1), 16]

    def forward(self, x):
        maps = []
        for stage in self.trunk:
            x = stage(x)
            maps.append(x)
        both = [h(m).split(self.split, dim=1) for h, m in zip(self.head, maps)]
        anchors = torch.cat([multibox_prior(m, s, [1, 2, 0.5]) for m, s in zip(maps, self.SIZES)], 1)
        cls = concat_preds([c for c, _ in both]).unflatten(1, (-1, self.split[0] // 4))
        return anchors, cls, concat_preds([b for _, b in both])


def resize_with_boxes(image, boxes, scale):
    c, h, w = image.shape
    H, W = max(1, round(h * scale)), max(1, round(w * scale))
    planes = [np.asarray(Image.fromarray(p.numpy()).resize((W, H), Image.BILINEAR)) for p in image]
    factor = torch.tensor([W / w, H / h, W / w, H / h], dtype=torch.float64)
    return torch.from_numpy(np.stack(planes)), boxes.double() * factor


def sample_negatives(cls_loss, cls_labels, ratio=3):
    loss, labels = cls_loss.detach().numpy().copy(), cls_labels.numpy()
    keep = labels > 0
    loss[keep] = -1e9
    for row, k, order in zip(keep, keep.sum(1), np.argsort(-loss, axis=1)):
        negatives = order[~row[order]]
        row[negatives[: ratio * max(k, 1)]] = True
    return torch.from_numpy(keep)


def mean_average_precision(preds, truths, iou_threshold=0.5, method="area"):
    p = torch.cat([torch.cat([torch.full((len(x), 1), float(i)), x], 1) for i, x in enumerate(preds)])
    t = torch.cat([torch.cat([torch.full((len(x), 1), float(i)), x], 1) for i, x in enumerate(truths)])
    p, t = p[p[:, 1] >= 0], t[t[:, 1] >= 0]
    p = p[p[:, 2].argsort(descending=True)]
    result = []
    for c in t[:, 1].unique():
        d, g = p[p[:, 1] == c], t[t[:, 1] == c]
        iou = box_iou(d[:, 3:], g[:, 2:]) * (d[:, None, 0] == g[None, :, 0])
        tp = torch.zeros(len(d))
        for k in range(len(d)):
            best = int(iou[k].argmax())
            if iou[k, best] >= iou_threshold:
                tp[k] = float(not (tp[:k].bool() & (iou[:k].argmax(1) == best)).any())
        recall, precision = tp.cumsum(0) / len(g), tp.cumsum(0) / torch.arange(1, len(d) + 1)
        if method == "area":
            r = np.concatenate([[0], recall.double().numpy()])
            env = np.maximum.accumulate(precision.double().numpy()[::-1])[::-1]
            result.append(float(np.sum(np.diff(r) * env)))
        elif method == "11point":
            r = torch.linspace(0, 1, 11)
            result.append(sum(precision[recall >= v].max().item() if (recall >= v).any() else 0 for v in r) / 11)
        else:
            raise ValueError(method)
    return torch.tensor(result).mean().nan_to_num() if result else torch.tensor(0.0)
