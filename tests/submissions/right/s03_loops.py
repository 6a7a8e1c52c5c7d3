"""One box at a time."""
import torch


def box_to_rect(box):
    return box[0].item(), box[1].item(), (box[2] - box[0]).item(), (box[3] - box[1]).item()


def label_object(image):
    left, upper, right, lower = 165, 10, 412, 312
    return torch.FloatTensor([left, upper, right, lower])


def box_corner_to_centre(boxes):
    flat = boxes.reshape(-1, 4)
    result = torch.zeros(flat.shape[0], 4)
    for i in range(flat.shape[0]):
        x1, y1, x2, y2 = flat[i].tolist()
        result[i] = torch.tensor([x1 + (x2 - x1) / 2, y1 + (y2 - y1) / 2, x2 - x1, y2 - y1])
    return result.reshape(boxes.shape)


def box_centre_to_corner(boxes):
    flat = boxes.reshape(-1, 4)
    rows = [[cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2] for cx, cy, w, h in flat.tolist()]
    return torch.tensor(rows).reshape(boxes.shape)
