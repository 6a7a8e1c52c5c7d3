"""Plain Python loops over lists of numbers; torch only at the door."""

import math

import torch


def multibox_prior(data, sizes, ratios):
    H, W = data.shape[2], data.shape[3]
    out = []
    for i in range(H):
        for j in range(W):
            cx, cy = (j + 0.5) / W, (i + 0.5) / H
            wanted = []
            for s in sizes:
                wanted.append((s, ratios[0]))
            for r in ratios[1:]:
                wanted.append((sizes[0], r))
            for s, r in wanted:
                half_w = s * math.sqrt(r) * H / W / 2
                half_h = s / math.sqrt(r) / 2
                out.append([cx - half_w, cy - half_h, cx + half_w, cy + half_h])
    return torch.tensor([out], device=data.device)


def iou_of_two(a, b):
    x1, y1 = max(a[0], b[0]), max(a[1], b[1])
    x2, y2 = min(a[2], b[2]), min(a[3], b[3])
    if x2 <= x1 or y2 <= y1:
        return 0.0
    inter = (x2 - x1) * (y2 - y1)
    area_a = (a[2] - a[0]) * (a[3] - a[1])
    area_b = (b[2] - b[0]) * (b[3] - b[1])
    return inter / (area_a + area_b - inter)


def box_iou(boxes1, boxes2):
    table = torch.zeros(len(boxes1), len(boxes2))
    for i in range(len(boxes1)):
        for j in range(len(boxes2)):
            table[i, j] = iou_of_two(boxes1[i].tolist(), boxes2[j].tolist())
    return table


def boxes_with_iou(target):
    assert 0 < target <= 1, target
    # pixels; one box inside the other, both squares
    side = 100 * math.sqrt(target)
    return [0.0, 0.0, 100.0, 100.0], [0.0, 0.0, side, side]


def assign_anchor_to_bbox(ground_truth, anchors, device, iou_threshold=0.5):
    table = [[iou_of_two(a, g) for g in ground_truth.tolist()] for a in anchors.tolist()]
    answer = []
    for row in table:
        best = max(range(len(row)), key=lambda j: row[j])
        answer.append(best if row[best] >= iou_threshold else -1)
    used_anchors, used_truths = set(), set()
    while len(used_truths) < len(ground_truth):
        best = None
        for i in range(len(anchors)):
            for j in range(len(ground_truth)):
                if i in used_anchors or j in used_truths:
                    continue
                if best is None or table[i][j] > table[best[0]][best[1]]:
                    best = (i, j)
        answer[best[0]] = best[1]
        used_anchors.add(best[0])
        used_truths.add(best[1])
    return torch.tensor(answer, dtype=torch.int32, device=device)


def offset_boxes(anchors, assigned_bb, eps=1e-6):
    out = []
    for a, b in zip(anchors.tolist(), assigned_bb.tolist()):
        wa, ha, wb, hb = a[2] - a[0], a[3] - a[1], b[2] - b[0], b[3] - b[1]
        dx = ((b[0] + b[2]) / 2 - (a[0] + a[2]) / 2) / wa
        dy = ((b[1] + b[3]) / 2 - (a[1] + a[3]) / 2) / ha
        out.append([dx / 0.1, dy / 0.1, math.log(max(wb / wa, eps)) / 0.2, math.log(max(hb / ha, eps)) / 0.2])
    return torch.tensor(out)


def offset_inverse(anchors, offset_preds):
    out = []
    for a, o in zip(anchors.tolist(), offset_preds.tolist()):
        w, h = a[2] - a[0], a[3] - a[1]
        x = (a[0] + a[2]) / 2 + 0.1 * o[0] * w
        y = (a[1] + a[3]) / 2 + 0.1 * o[1] * h
        w, h = w * math.exp(0.2 * o[2]), h * math.exp(0.2 * o[3])
        out.append([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
    return torch.tensor(out)


def multibox_target(anchors, labels):
    anchors = anchors[0]
    n, a = labels.shape[0], anchors.shape[0]
    offset, mask, cls = torch.zeros(n, a * 4), torch.zeros(n, a * 4), torch.zeros(n, a)
    for k in range(n):
        which = assign_anchor_to_bbox(labels[k, :, 1:], anchors, "cpu")
        for i in range(a):
            g = int(which[i])
            if g < 0:
                continue
            cls[k, i] = labels[k, g, 0] + 1
            mask[k, 4 * i : 4 * i + 4] = 1
            offset[k, 4 * i : 4 * i + 4] = offset_boxes(anchors[i : i + 1], labels[k, g : g + 1, 1:])[0]
    return [offset, mask, cls]


def nms(boxes, scores, iou_threshold):
    boxes, scores = boxes.tolist(), scores.tolist()
    order = sorted(range(len(boxes)), key=lambda i: scores[i], reverse=True)
    keep = []
    for i in order:
        ok = True
        for k in keep:
            if iou_of_two(boxes[i], boxes[k]) > iou_threshold:
                ok = False
        if ok:
            keep.append(i)
    return keep


def multibox_detection(cls_probs, offset_preds, anchors, nms_threshold=0.5, pos_threshold=0.01):
    result = []
    for probs, offsets in zip(cls_probs, offset_preds):
        boxes = offset_inverse(anchors[0], offsets.view(-1, 4))
        conf, cls = [], []
        for i in range(probs.shape[1]):
            best = 1
            for c in range(1, probs.shape[0]):
                if probs[c, i] > probs[best, i]:
                    best = c
            conf.append(float(probs[best, i]))
            cls.append(best - 1)
        keep = nms(boxes, torch.tensor(conf), nms_threshold)
        removed = [i for i in range(len(conf)) if i not in keep]
        removed.sort(key=lambda i: -conf[i])
        rows = []
        for i in keep + removed:
            c, p = (cls[i] if i in keep else -1), conf[i]
            if p < pos_threshold:
                c, p = -1, 1 - p
            rows.append([c, p] + boxes[i].tolist())
        result.append(rows)
    return torch.tensor(result)


def soft_nms(boxes, scores, *, method="linear", iou_threshold=0.5, sigma=0.5, score_threshold=0.001):
    boxes = boxes.tolist()
    left = [[float(s), i] for i, s in enumerate(scores)]
    keep, new_scores = [], []
    while left:
        left.sort(reverse=True)
        s, i = left.pop(0)
        keep.append(i)
        new_scores.append(s)
        for pair in left:
            u = iou_of_two(boxes[i], boxes[pair[1]])
            if method == "gaussian":
                pair[0] *= math.exp(-(u**2) / sigma)
            elif u > iou_threshold:
                pair[0] *= (1 - u) if method == "linear" else 0
        left = [p for p in left if p[0] >= score_threshold]
    return torch.tensor(keep), torch.tensor(new_scores)
