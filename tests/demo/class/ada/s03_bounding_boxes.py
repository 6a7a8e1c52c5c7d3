import torch


def label_object(image):
    return torch.tensor([170, 15, 410, 310], dtype=torch.float32)


def box_to_rect(box):
    return box[0], box[1], box[2] - box[0], box[3] - box[1]


def box_corner_to_center(boxes):
    low, high = boxes[..., :2], boxes[..., 2:]
    return torch.cat(((low + high) / 2, high - low), dim=-1)


def box_center_to_corner(boxes):
    centre, size = boxes[..., :2], boxes[..., 2:]
    return torch.cat((centre - size / 2, centre + size / 2), dim=-1)


answer_13_3_1 = """
The box takes longer to label: four coordinates have to be placed exactly at the border of the object, while the
category is one word.
"""

answer_13_3_2 = "两个对角点 (x1, y1, x2, y2) 正好是四个数，它们确定了一个矩形。"
