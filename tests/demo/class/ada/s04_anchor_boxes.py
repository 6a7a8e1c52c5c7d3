"""Ada has finished these sections."""

import torch


def multibox_prior(data, sizes, ratios):
    rows, columns = data.shape[2], data.shape[3]
    pixels = rows * columns
    s = torch.tensor(sizes, device=data.device)
    root = torch.tensor(ratios, device=data.device).sqrt()
    # every size with the first ratio, then the first size with every other ratio
    scale = torch.cat((s, s[:1].expand(len(ratios) - 1)))
    stretch = torch.cat((root[:1].expand(len(sizes)), root[1:]))
    half = torch.stack((scale * stretch * (rows / columns), scale / stretch), dim=1) / 2
    y = torch.arange(0.5, rows, device=data.device) / rows
    x = torch.arange(0.5, columns, device=data.device) / columns
    centre = torch.cartesian_prod(y, x)[:, [1, 0]].repeat_interleave(len(half), dim=0)
    half = half.repeat(pixels, 1)
    return torch.cat((centre - half, centre + half), dim=1).unsqueeze(0)


def box_iou(boxes1, boxes2):
    def common(axis):
        """(n, m): how long the boxes run side by side."""
        start = torch.max(boxes1[:, axis].unsqueeze(1), boxes2[:, axis])
        end = torch.min(boxes1[:, axis + 2].unsqueeze(1), boxes2[:, axis + 2])
        return (end - start).clamp(min=0)

    shared = common(0) * common(1)
    size1, size2 = ((b[:, 2:] - b[:, :2]).prod(dim=1) for b in (boxes1, boxes2))
    return shared / (size1.unsqueeze(1) + size2 - shared)


def boxes_with_iou(target):
    # two equal squares, the second moved to the right: (1 - d) / (1 + d) = target
    d = (1 - target) / (1 + target)
    return torch.tensor([0, 0, 1, 1.]), torch.tensor([d, 0, 1 + d, 1.])


def assign_anchor_to_bbox(ground_truth, anchors, device, iou_threshold=0.5):
    overlap = box_iou(anchors, ground_truth).to(device)
    best, owner = overlap.max(dim=1)
    owner = owner.masked_fill(best < iou_threshold, -1)
    truths = ground_truth.shape[0]
    for _ in range(truths):
        place = overlap.argmax()  # counted through the flattened table
        anchor, truth = place // truths, place % truths
        owner[anchor] = truth
        overlap.index_fill_(0, anchor, -1).index_fill_(1, truth, -1)
    return owner


def box_corner_to_center(boxes):
    corners = boxes.reshape(-1, 2, 2)
    return torch.cat((corners.mean(dim=1), corners[:, 1] - corners[:, 0]), dim=1)


def box_center_to_corner(boxes):
    half = boxes[:, 2:] / 2
    return torch.cat((boxes[:, :2] - half, boxes[:, :2] + half), dim=1)


def offset_boxes(anchors, assigned_bb, eps=1e-6):
    a, b = box_corner_to_center(anchors), box_corner_to_center(assigned_bb)
    shift = (b - a)[:, :2] / a[:, 2:]
    growth = (eps + b[:, 2:] / a[:, 2:]).log()
    return torch.hstack((shift * 10, growth * 5))


def multibox_target(anchors, labels):
    anchors = anchors.squeeze(0)
    collected = []
    for i in range(labels.shape[0]):
        kinds, truths = labels[i, :, 0].long(), labels[i, :, 1:]
        owner = assign_anchor_to_bbox(truths, anchors, anchors.device)
        hit = owner >= 0
        # background aims at a box of size 0: its offsets are finite thanks to eps, and masked
        aim = torch.zeros_like(anchors)
        aim[hit] = truths[owner[hit]]
        kind = torch.zeros_like(owner)
        kind[hit] = kinds[owner[hit]] + 1
        mask = hit.float().reshape(-1, 1).expand(-1, 4)
        collected.append(((offset_boxes(anchors, aim) * mask).flatten(), mask.flatten(), kind))
    return tuple(torch.stack(column) for column in zip(*collected))


def offset_inverse(anchors, offset_preds):
    a = box_corner_to_center(anchors)
    shift, growth = offset_preds.split(2, dim=1)
    middle = a[:, :2] + a[:, 2:] * shift * 0.1
    return box_center_to_corner(torch.hstack((middle, a[:, 2:] * (growth * 0.2).exp())))


def nms(boxes, scores, iou_threshold):
    queue = scores.sort(descending=True).indices
    chosen = []  # of tensors without an axis
    while len(queue) > 0:
        chosen.append(queue[0])
        overlap = box_iou(boxes[queue[:1]], boxes[queue]).flatten()
        stays = overlap <= iou_threshold
        stays[0] = False
        queue = queue[stays]
    return torch.tensor(chosen, device=boxes.device)


def multibox_detection(cls_probs, offset_preds, anchors, nms_threshold=0.5, pos_threshold=0.009999999):
    images = []
    for i in range(len(cls_probs)):
        confidence, kind = cls_probs[i][1:].max(dim=0)
        boxes = offset_inverse(anchors.squeeze(0), offset_preds[i].reshape(-1, 4))
        winners = nms(boxes, confidence, nms_threshold)
        lost = torch.ones_like(kind, dtype=torch.bool).index_fill(0, winners, False)
        kind = kind.masked_fill(lost, -1)
        rows = torch.hstack((kind.reshape(-1, 1), confidence.reshape(-1, 1), boxes))
        rows = torch.cat((rows[winners], rows[lost]))
        weak = rows[:, 1] < pos_threshold
        rows[weak, 0] = -1
        rows[weak, 1] = 1 - rows[weak, 1]
        images.append(rows)
    return torch.stack(images)


def soft_nms(boxes, scores, *, method="linear", iou_threshold=0.5, sigma=0.5, score_threshold=0.001):
    current = scores.clone()
    left = torch.arange(len(boxes))
    chosen = []
    while len(left) > 0:
        top = left[current[left].argmax()]
        if current[top] < score_threshold:
            break
        chosen.append(top)
        left = left[left != top]
        overlap = box_iou(boxes[top].unsqueeze(0), boxes[left]).squeeze(0)
        if method == "gaussian":
            current[left] *= (-overlap.square() / sigma).exp()
        elif method == "linear":
            current[left] *= 1 - overlap * (overlap > iou_threshold)
        else:
            left = left[overlap <= iou_threshold]
    chosen = torch.tensor(chosen)
    return chosen, current[chosen]
