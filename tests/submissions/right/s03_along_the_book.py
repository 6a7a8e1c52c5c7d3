"""The book's own lines, with integer input left to torch's true division."""
import torch


def label_object(image):
    cup_bbox = [170.0, 18.0, 405.0, 305.0]
    return torch.tensor(cup_bbox)


def bbox_to_rect(bbox):
    return bbox[0], bbox[1], bbox[2] - bbox[0], bbox[3] - bbox[1]


def box_corner_to_center(boxes):
    x1, y1, x2, y2 = boxes[..., 0], boxes[..., 1], boxes[..., 2], boxes[..., 3]
    cx = (x1 + x2) / 2
    cy = (y1 + y2) / 2
    w = x2 - x1
    h = y2 - y1
    boxes = torch.stack((cx, cy, w, h), axis=-1)
    return boxes


def box_center_to_corner(boxes):
    cx, cy, w, h = boxes[..., 0], boxes[..., 1], boxes[..., 2], boxes[..., 3]
    x1 = cx - 0.5 * w
    y1 = cy - 0.5 * h
    x2 = cx + 0.5 * w
    y2 = cy + 0.5 * h
    boxes = torch.stack((x1, y1, x2, y2), axis=-1)
    return boxes
