"""torchvision's own functions where there are some."""

import torch
from torchvision import ops


def multibox_prior(data, sizes, ratios):
    h, w = data.shape[-2:]
    sizes, ratios = [float(s) for s in sizes], [float(r) for r in ratios]
    shapes = [(s * ratios[0] ** 0.5, s / ratios[0] ** 0.5) for s in sizes]
    shapes += [(sizes[0] * r**0.5, sizes[0] / r**0.5) for r in ratios[1:]]
    shapes = torch.tensor(shapes) * torch.tensor([h / w, 1.0])
    centres = torch.cartesian_prod(torch.arange(h) + 0.5, torch.arange(w) + 0.5).flip(-1) / torch.tensor([w, h])
    n, k = len(centres), len(shapes)
    boxes = torch.cat((centres[:, None].expand(n, k, 2), shapes[None].expand(n, k, 2)), dim=-1)
    return ops.box_convert(boxes, "cxcywh", "xyxy").reshape(1, n * k, 4).to(data.device)


def box_iou(boxes1, boxes2):
    return ops.box_iou(boxes1, boxes2)


def boxes_with_iou(target):
    if target > 1 or target <= 0:
        raise ValueError(target)
    t = torch.as_tensor(target, dtype=torch.float64)
    return torch.tensor([[0.0, 0, 2, 1]], dtype=torch.float64), torch.stack([t * 0, t * 0, 2 * t, t * 0 + 1])


def assign_anchor_to_bbox(ground_truth, anchors, device, iou_threshold=0.5):
    iou = ops.box_iou(ground_truth, anchors)  # the other way round
    best = iou.max(dim=0)
    result = best.indices.clone()
    result[best.values < iou_threshold] = -1
    values, flat = iou.flatten().sort(descending=True)
    anchors_taken, truths_served = set(), set()
    for k in flat.tolist():
        g, a = divmod(k, len(anchors))
        if g not in truths_served and a not in anchors_taken:
            result[a] = g
            truths_served.add(g)
            anchors_taken.add(a)
    return result.to(device)


def offset_boxes(anchors, assigned_bb, eps=1e-6):
    a, b = (ops.box_convert(x, "xyxy", "cxcywh") for x in (anchors, assigned_bb))
    weights = torch.tensor([10.0, 10.0, 5.0, 5.0])
    deltas = torch.cat(((b[:, :2] - a[:, :2]) / a[:, 2:], (b[:, 2:] / a[:, 2:] + eps).log()), dim=1)
    return deltas * weights


def offset_inverse(anchors, offset_preds):
    a = ops.box_convert(anchors, "xyxy", "cxcywh")
    d = offset_preds / torch.tensor([10.0, 10.0, 5.0, 5.0])
    return ops.box_convert(torch.cat((a[:, :2] + d[:, :2] * a[:, 2:], d[:, 2:].exp() * a[:, 2:]), 1), "cxcywh", "xyxy")


def multibox_target(anchors, labels):
    anchors = anchors.squeeze(0)
    which = torch.stack([assign_anchor_to_bbox(l[:, 1:], anchors, labels.device) for l in labels])  # (N, A)
    positive = which >= 0
    rows = torch.gather(labels, 1, which.clamp(min=0)[..., None].expand(-1, -1, 5))  # (N, A, 5)
    mask = positive[..., None].expand(-1, -1, 4).to(torch.int32)
    offsets = torch.stack([offset_boxes(anchors, r[:, 1:]) for r in rows]) * mask
    return offsets.flatten(1), mask.flatten(1), (rows[..., 0] + 1).long() * positive


def nms(boxes, scores, iou_threshold):
    return ops.nms(boxes, scores, iou_threshold)


def multibox_detection(cls_probs, offset_preds, anchors, nms_threshold=0.5, pos_threshold=0.01):
    out = []
    for p, o in zip(cls_probs, offset_preds):
        boxes = offset_inverse(anchors[0], o.reshape(-1, 4))
        conf, cls = p[1:].max(0)
        kept = torch.zeros_like(conf, dtype=torch.bool)
        kept[ops.nms(boxes, conf, nms_threshold)] = True
        cls = torch.where(kept & (conf >= pos_threshold), cls, -1)
        order = torch.argsort(conf + 10.0 * kept, descending=True)
        conf = torch.where(conf < pos_threshold, 1 - conf, conf)
        out.append(torch.cat((cls[:, None], conf[:, None], boxes), 1)[order])
    return torch.stack(out)


def soft_nms(boxes, scores, *, method="linear", iou_threshold=0.5, sigma=0.5, score_threshold=1e-3):
    if method == "hard":
        keep = ops.nms(boxes, scores, iou_threshold)
        keep = keep[scores[keep] >= score_threshold]
        return keep, scores[keep]
    u = ops.box_iou(boxes, boxes)
    factor = torch.exp(-u.square() / sigma) if method == "gaussian" else 1 - u * (u > iou_threshold)
    s, done, keep = scores.clone(), torch.zeros(len(scores), dtype=torch.bool), []
    for _ in range(len(scores)):
        i = s.masked_fill(done, -1).argmax().item()
        done[i] = True
        keep.append(i)
        s = torch.where(done, s, s * factor[i])
    keep = torch.tensor([i for i in keep if s[i] >= score_threshold], dtype=torch.long)
    return keep, s[keep]
