"""Along the book's own notebook: blocks in a list, setattr, nn losses with reduction='none'."""

import torch
from torch import nn
from torch.nn import functional as F


def multibox_prior(data, sizes, ratios):
    in_height, in_width = data.shape[-2:]
    device, num_sizes, num_ratios = data.device, len(sizes), len(ratios)
    boxes_per_pixel = num_sizes + num_ratios - 1
    size_tensor = torch.tensor(sizes, device=device)
    ratio_tensor = torch.tensor(ratios, device=device)
    center_h = (torch.arange(in_height, device=device) + 0.5) / in_height
    center_w = (torch.arange(in_width, device=device) + 0.5) / in_width
    shift_y, shift_x = torch.meshgrid(center_h, center_w, indexing="ij")
    shift_y, shift_x = shift_y.reshape(-1), shift_x.reshape(-1)
    w = torch.cat((size_tensor * torch.sqrt(ratio_tensor[0]), sizes[0] * torch.sqrt(ratio_tensor[1:]))) * in_height / in_width
    h = torch.cat((size_tensor / torch.sqrt(ratio_tensor[0]), sizes[0] / torch.sqrt(ratio_tensor[1:])))
    anchor_manipulations = torch.stack((-w, -h, w, h)).T.repeat(in_height * in_width, 1) / 2
    out_grid = torch.stack([shift_x, shift_y, shift_x, shift_y], dim=1).repeat_interleave(boxes_per_pixel, dim=0)
    return (out_grid + anchor_manipulations).unsqueeze(0)


def cls_predictor(num_inputs, num_anchors, num_classes):
    return nn.Conv2d(num_inputs, num_anchors * (num_classes + 1), kernel_size=3, padding=1)


def bbox_predictor(num_inputs, num_anchors):
    return nn.Conv2d(num_inputs, num_anchors * 4, kernel_size=3, padding=1)


def flatten_pred(pred):
    return torch.flatten(pred.permute(0, 2, 3, 1), start_dim=1)


def concat_preds(preds):
    return torch.cat([flatten_pred(p) for p in preds], dim=1)


def down_sample_blk(in_channels, out_channels):
    blk = []
    for _ in range(2):
        blk.append(nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1))
        blk.append(nn.BatchNorm2d(out_channels))
        blk.append(nn.ReLU())
        in_channels = out_channels
    blk.append(nn.MaxPool2d(2))
    return nn.Sequential(*blk)


def base_net():
    blk = []
    num_filters = [3, 16, 32, 64]
    for i in range(len(num_filters) - 1):
        blk.append(down_sample_blk(num_filters[i], num_filters[i + 1]))
    return nn.Sequential(*blk)


def get_blk(i):
    if i == 0:
        blk = base_net()
    elif i == 1:
        blk = down_sample_blk(64, 128)
    elif i == 4:
        blk = nn.AdaptiveMaxPool2d((1, 1))
    else:
        blk = down_sample_blk(128, 128)
    return blk


def blk_forward(X, blk, size, ratio, cls_predictor, bbox_predictor):
    Y = blk(X)
    anchors = multibox_prior(Y, sizes=size, ratios=ratio)
    return (Y, anchors, cls_predictor(Y), bbox_predictor(Y))


sizes = [[0.2, 0.272], [0.37, 0.447], [0.54, 0.619], [0.71, 0.79], [0.88, 0.961]]
ratios = [[1, 2, 0.5]] * 5
num_anchors = len(sizes[0]) + len(ratios[0]) - 1


class TinySSD(nn.Module):
    def __init__(self, num_classes, **kwargs):
        super(TinySSD, self).__init__(**kwargs)
        self.num_classes = num_classes
        idx_to_in_channels = [64, 128, 128, 128, 128]
        for i in range(5):
            setattr(self, f"blk_{i}", get_blk(i))
            setattr(self, f"cls_{i}", cls_predictor(idx_to_in_channels[i], num_anchors, num_classes))
            setattr(self, f"bbox_{i}", bbox_predictor(idx_to_in_channels[i], num_anchors))

    def forward(self, X):
        anchors, cls_preds, bbox_preds = [None] * 5, [None] * 5, [None] * 5
        for i in range(5):
            X, anchors[i], cls_preds[i], bbox_preds[i] = blk_forward(
                X, getattr(self, f"blk_{i}"), sizes[i], ratios[i], getattr(self, f"cls_{i}"), getattr(self, f"bbox_{i}")
            )
        anchors = torch.cat(anchors, dim=1)
        cls_preds = concat_preds(cls_preds)
        cls_preds = cls_preds.reshape(cls_preds.shape[0], -1, self.num_classes + 1)
        bbox_preds = concat_preds(bbox_preds)
        return anchors, cls_preds, bbox_preds


cls_loss = nn.CrossEntropyLoss(reduction="none")
bbox_loss = nn.L1Loss(reduction="none")


def calc_loss(cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks, cls_weight=1, bbox_weight=1):
    batch_size, num_classes = cls_preds.shape[0], cls_preds.shape[2]
    cls = cls_loss(cls_preds.reshape(-1, num_classes), cls_labels.reshape(-1)).reshape(batch_size, -1).mean(dim=1)
    bbox = bbox_loss(bbox_preds * bbox_masks, bbox_labels * bbox_masks).mean(dim=1)
    return cls * cls_weight + bbox * bbox_weight


def smooth_l1(pred, target, sigma=1, reduction="mean"):
    assert reduction in ("none", "mean", "sum"), "unknown reduction"
    x = pred - target
    beta = 1.0 / (sigma**2)
    small = (torch.abs(x) < beta).float()
    out = small * 0.5 * (sigma * x) ** 2 + (1 - small) * (torch.abs(x) - 0.5 * beta)
    if reduction == "none":
        return out
    return out.mean() if reduction == "mean" else out.sum()


def focal_loss(logits, target, alpha=0.25, gamma=2, reduction="mean"):
    ce = F.cross_entropy(logits, target, reduction="none")
    pt = torch.exp(-ce)
    loss = alpha * (1 - pt) ** gamma * ce
    if reduction == "mean":
        return torch.mean(loss)
    elif reduction == "sum":
        return torch.sum(loss)
    elif reduction == "none":
        return loss
    else:
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
    """A line-by-line relative of the PASCAL devkit's voc_eval, in numpy."""
    import numpy as np

    aps = []
    classes = np.unique(np.concatenate([t[:, 0].numpy() for t in truths]))
    for c in classes[classes >= 0]:
        recs, npos = {}, 0
        for i, t in enumerate(truths):
            bb = t[t[:, 0] == c][:, 1:].numpy()
            npos += len(bb)
            recs[i] = {"bbox": bb, "det": [False] * len(bb)}
        ids, conf, BB = [], [], []
        for i, p in enumerate(preds):
            for row in p[p[:, 0] == c].numpy():
                ids.append(i)
                conf.append(row[1])
                BB.append(row[2:])
        order = np.argsort(-np.array(conf), kind="stable")
        tp, fp = np.zeros(len(order)), np.zeros(len(order))
        for d, k in enumerate(order):
            R, bb = recs[ids[k]], BB[k]
            ovmax = -np.inf
            if len(R["bbox"]):
                G = R["bbox"]
                iw = np.maximum(np.minimum(G[:, 2], bb[2]) - np.maximum(G[:, 0], bb[0]), 0.0)
                ih = np.maximum(np.minimum(G[:, 3], bb[3]) - np.maximum(G[:, 1], bb[1]), 0.0)
                inters = iw * ih
                uni = (bb[2] - bb[0]) * (bb[3] - bb[1]) + (G[:, 2] - G[:, 0]) * (G[:, 3] - G[:, 1]) - inters
                ious = inters / uni
                ovmax, jmax = ious.max(), ious.argmax()
            if ovmax > iou_threshold and not R["det"][jmax]:
                tp[d] = 1
                R["det"][jmax] = True
            else:
                fp[d] = 1
        fp, tp = np.cumsum(fp), np.cumsum(tp)
        rec = tp / float(npos)
        prec = tp / np.maximum(tp + fp, np.finfo(np.float64).eps)
        if method == "11point":
            ap = 0.0
            for t in np.arange(0.0, 1.1, 0.1):
                p = 0 if np.sum(rec >= t) == 0 else np.max(prec[rec >= t])
                ap = ap + p / 11.0
        elif method == "area":
            mrec = np.concatenate(([0.0], rec, [1.0]))
            mpre = np.concatenate(([0.0], prec, [0.0]))
            for i in range(mpre.size - 1, 0, -1):
                mpre[i - 1] = np.maximum(mpre[i - 1], mpre[i])
            i = np.where(mrec[1:] != mrec[:-1])[0]
            ap = np.sum((mrec[i + 1] - mrec[i]) * mpre[i + 1])
        else:
            raise KeyError(method)
        aps.append(ap)
    return float(np.mean(aps)) if aps else 0.0
