"""Other ways to the same thing: einsum, masks, recursion, in one piece, in half the lines."""

import torch


def multibox_prior(data, sizes, ratios):
    _, _, h, w = data.size()
    dev = data.device
    s = torch.as_tensor([*sizes] + [sizes[0]] * (len(ratios) - 1), dtype=torch.float64, device=dev)
    r = torch.as_tensor([ratios[0]] * len(sizes) + [*ratios[1:]], dtype=torch.float64, device=dev)
    wh = torch.stack([h * s * r**0.5 / w, s * r**-0.5], dim=1)
    grid = torch.empty(h, w, len(s), 4, dtype=torch.float64, device=dev)
    grid[..., 0::2] = torch.linspace(0.5 / w, 1 - 0.5 / w, w, dtype=torch.float64, device=dev)[None, :, None, None]
    grid[..., 1::2] = torch.linspace(0.5 / h, 1 - 0.5 / h, h, dtype=torch.float64, device=dev)[:, None, None, None]
    grid[..., :2] -= wh / 2
    grid[..., 2:] += wh / 2
    return grid.view(1, -1, 4).float()


def box_iou(boxes1, boxes2):
    a, b = boxes1.unsqueeze(1), boxes2.unsqueeze(0)
    ix = torch.relu(torch.min(a[..., 2], b[..., 2]) - torch.max(a[..., 0], b[..., 0]))
    iy = torch.relu(torch.min(a[..., 3], b[..., 3]) - torch.max(a[..., 1], b[..., 1]))
    both = ix * iy
    sa = (boxes1[:, 2] - boxes1[:, 0]) * (boxes1[:, 3] - boxes1[:, 1])
    sb = (boxes2[:, 2] - boxes2[:, 0]) * (boxes2[:, 3] - boxes2[:, 1])
    return both / (sa.view(-1, 1) + sb.view(1, -1) - both)


def boxes_with_iou(target):
    if not (target > 0 and target <= 1):
        raise ValueError('IoU is in (0, 1]')
    # search for the shift by bisection
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        iou = (1 - middle) / (1 + middle)
        low, high = (middle, high) if iou > target else (low, middle)
    return torch.tensor([0.0, 0.0, 1.0, 1.0]), torch.tensor([low, 0.0, low + 1.0, 1.0])


def assign_anchor_to_bbox(ground_truth, anchors, device, iou_threshold=0.5):
    """Truths first, the threshold for the rest: the other order gives the same."""
    iou = box_iou(anchors, ground_truth)
    free, result = iou.clone(), torch.full((len(anchors),), -1, dtype=torch.int16, device=device)
    for _ in range(iou.shape[1]):
        a = free.max(1).values.argmax()
        g = free[a].argmax()
        result[a] = g
        free[a], free[:, g] = -2.0, -2.0
    for a in range(len(anchors)):
        if result[a] == -1 and iou[a].max() >= iou_threshold:
            result[a] = iou[a].argmax()
    return result


def offset_boxes(anchors, assigned_bb, eps=1e-6):
    to_size = torch.tensor([[-1.0, 0, 1, 0], [0, -1, 0, 1]])
    to_centre = torch.tensor([[0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5]])
    wa, wb = anchors @ to_size.T, assigned_bb @ to_size.T
    shift = (assigned_bb - anchors) @ to_centre.T
    return torch.hstack([10 * shift / wa, 5 * torch.log(wb / wa + eps)])


def offset_inverse(anchors, offset_preds):
    x1, y1, x2, y2 = anchors.split(1, dim=1)
    dx, dy, dw, dh = offset_preds.split(1, dim=1)
    w, h = x2 - x1, y2 - y1
    x, y = (x1 + x2) / 2 + dx * w / 10, (y1 + y2) / 2 + dy * h / 10
    w, h = w * 2.718281828459045 ** (dw / 5), h * 2.718281828459045 ** (dh / 5)
    return torch.hstack([x - w / 2, y - h / 2, x + w / 2, y + h / 2])


def nms(boxes, scores, iou_threshold):
    def rest(candidates):
        if not candidates:
            return []
        best = max(candidates, key=lambda i: scores[i].item())
        iou = box_iou(boxes[best : best + 1], boxes)[0]
        return [best] + rest([i for i in candidates if i != best and iou[i] <= iou_threshold])

    return torch.IntTensor(rest(list(range(len(boxes)))))


def soft_nms(boxes, scores, *, method="linear", iou_threshold=0.5, sigma=0.5, score_threshold=0.001):
    """The classic form that swaps rows, on copies."""
    rows = torch.cat((boxes.clone(), scores.clone()[:, None], torch.arange(len(boxes))[:, None]), dim=1)
    n = len(rows)
    for i in range(n):
        top = i + int(rows[i:, 4].argmax())
        rows[[i, top]] = rows[[top, i]]
        for j in range(i + 1, n):
            u = box_iou(rows[i : i + 1, :4], rows[j : j + 1, :4]).item()
            if method == "linear":
                weight = 1 - u if u > iou_threshold else 1
            elif method == "gaussian":
                weight = torch.exp(torch.tensor(-(u * u) / sigma)).item()
            else:
                weight = 0 if u > iou_threshold else 1
            rows[j, 4] = weight * rows[j, 4]
    rows = rows[rows[:, 4] >= score_threshold]
    return rows[:, 5].long(), rows[:, 4]
