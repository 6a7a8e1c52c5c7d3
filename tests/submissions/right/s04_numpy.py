"""numpy inside, double precision outside; anchors without the leading 1, targets as (N, A, 4)."""

import numpy as np
import torch


def multibox_prior(data, sizes, ratios):
    h, w = data.shape[-2:]
    ys, xs = np.mgrid[0:h, 0:w]
    cx = ((xs + 0.5) / w).ravel()[:, None]
    cy = ((ys + 0.5) / h).ravel()[:, None]
    sizes, ratios = np.array(sizes, dtype=float), np.array(ratios, dtype=float)
    s = np.r_[sizes, np.full(len(ratios) - 1, sizes[0])]
    r = np.r_[np.full(len(sizes), ratios[0]), ratios[1:]]
    bw = (s * np.sqrt(r) * h / w)[None]
    bh = (s / np.sqrt(r))[None]
    boxes = np.stack([cx - bw / 2, cy - bh / 2, cx + bw / 2, cy + bh / 2], axis=-1)
    return torch.from_numpy(boxes.reshape(-1, 4)).to(data.device)


def _overlap(a, b):
    lt = np.maximum(a[:, None, :2], b[None, :, :2])
    rb = np.minimum(a[:, None, 2:], b[None, :, 2:])
    wh = np.clip(rb - lt, 0, None)
    inter = wh[..., 0] * wh[..., 1]
    area = lambda x: np.prod(x[:, 2:] - x[:, :2], axis=1)
    return inter / (area(a)[:, None] + area(b)[None] - inter)


def box_iou(boxes1, boxes2):
    return torch.from_numpy(_overlap(boxes1.double().numpy(), boxes2.double().numpy()))


def boxes_with_iou(target):
    if not 0 < target <= 1:
        raise ValueError(f"no two boxes have an IoU of {target}")
    # equal boxes of height 2, moved down by d: (2 - d) / (2 + d) = target
    d = 2 * (1 - target) / (1 + target)
    return (torch.tensor([[3.0, 3.0, 4.0, 5.0]]).double(), torch.tensor([[3.0, 3.0 + d, 4.0, 5.0 + d]]).double())


def assign_anchor_to_bbox(ground_truth, anchors, device, iou_threshold=0.5):
    x = _overlap(anchors.numpy(), ground_truth.numpy())
    out = np.where(x.max(1) >= iou_threshold, x.argmax(1), -1)
    for _ in range(x.shape[1]):
        a, g = np.unravel_index(np.argmax(x), x.shape)
        out[a] = g
        x[a] = -np.inf
        x[:, g] = -np.inf
    return torch.as_tensor(out, device=device)


def _center(b):
    return (b[:, :2] + b[:, 2:]) / 2, b[:, 2:] - b[:, :2]


def offset_boxes(anchors, assigned_bb, eps=1e-6):
    (ca, sa), (cb, sb) = _center(anchors.double().numpy()), _center(assigned_bb.double().numpy())
    return torch.from_numpy(np.concatenate([(cb - ca) / sa / 0.1, np.log((sb + eps) / sa) / 0.2], axis=1))


def offset_inverse(anchors, offset_preds):
    c, s = _center(anchors.double().numpy())
    o = offset_preds.double().numpy()
    centre, half = c + 0.1 * o[:, :2] * s, np.exp(0.2 * o[:, 2:]) * s / 2
    return torch.from_numpy(np.hstack([centre - half, centre + half]))


def multibox_target(anchors, labels):
    anchors = anchors.reshape(-1, 4)
    a = len(anchors)
    offsets, masks, classes = [], [], []
    for label in labels:
        idx = assign_anchor_to_bbox(label[:, 1:], anchors, "cpu").numpy()
        pos = idx >= 0
        off = np.zeros((a, 4))
        off[pos] = offset_boxes(anchors[pos], label[idx[pos], 1:]).numpy()
        cls = np.zeros(a, dtype=np.int64)
        cls[pos] = label.numpy()[idx[pos], 0].astype(np.int64) + 1
        offsets.append(off)
        masks.append(np.repeat(pos[:, None], 4, axis=1))
        classes.append(cls)
    return torch.tensor(np.array(offsets)), torch.tensor(np.array(masks)), torch.tensor(np.array(classes))


def nms(boxes, scores, iou_threshold):
    x = _overlap(boxes.numpy(), boxes.numpy())
    order = np.argsort(-scores.numpy())
    keep = []
    while order.size:
        i = order[0]
        keep.append(i)
        order = order[1:][x[i, order[1:]] <= iou_threshold]
    return np.array(keep)


def multibox_detection(cls_probs, offset_preds, anchors, nms_threshold=0.5, pos_threshold=0.01):
    out = np.empty((cls_probs.shape[0], cls_probs.shape[2], 6))
    for n in range(len(out)):
        p = cls_probs[n, 1:].numpy()
        conf, cls = p.max(0), p.argmax(0).astype(float)
        boxes = offset_inverse(anchors[0], offset_preds[n].reshape(-1, 4))
        keep = nms(boxes, torch.tensor(conf), nms_threshold)
        gone = np.setdiff1d(np.arange(len(conf)), keep)[::-1]
        cls[gone] = -1
        cls[conf < pos_threshold] = -1
        conf = np.where(conf < pos_threshold, 1 - conf, conf)
        order = np.concatenate([keep, gone]).astype(int)
        out[n] = np.column_stack([cls, conf, boxes.numpy()])[order]
    return torch.from_numpy(out)


def soft_nms(boxes, scores, method="linear", iou_threshold=0.5, sigma=0.5, score_threshold=0.001):
    """New scores of all boxes, in the order of the boxes."""
    x = _overlap(boxes.numpy(), boxes.numpy())
    new = scores.double().numpy().copy()
    alive = np.ones(len(new), bool)
    keep = []
    while alive.any():
        i = np.where(alive, new, -1).argmax()
        alive[i] = False
        if new[i] < score_threshold:
            break
        keep.append(i)
        u = x[i]
        decay = {
            "linear": np.where(u > iou_threshold, 1 - u, 1),
            "gaussian": np.exp(-(u**2) / sigma),
            "hard": (u <= iou_threshold).astype(float),
        }[method]
        new = np.where(alive, new * decay, new)
    return torch.tensor(np.array(keep)), torch.from_numpy(new)
