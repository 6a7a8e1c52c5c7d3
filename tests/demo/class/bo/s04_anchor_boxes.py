import torch


def box_iou(boxes1, boxes2):
    left_top = torch.max(boxes1[:, None, :2], boxes2[:, :2])
    right_bottom = torch.min(boxes1[:, None, 2:], boxes2[:, 2:])
    size = right_bottom - left_top  # forgets that boxes may not meet at all
    inter = size[..., 0] * size[..., 1]
    area1 = (boxes1[:, 2] - boxes1[:, 0]) * (boxes1[:, 3] - boxes1[:, 1])
    area2 = (boxes2[:, 2] - boxes2[:, 0]) * (boxes2[:, 3] - boxes2[:, 1])
    return inter / (area1[:, None] + area2 - inter)


answer_13_4_1 = "A larger ratio makes the boxes taller and narrower."
