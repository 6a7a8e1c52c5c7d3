import torch


def box_iou(boxes1, boxes2):
    a, b = boxes1[:, None], boxes2[None]
    width = torch.minimum(a[..., 2], b[..., 2]) - torch.maximum(a[..., 0], b[..., 0])
    height = torch.minimum(a[..., 3], b[..., 3]) - torch.maximum(a[..., 1], b[..., 1])
    both = width * height  # forgets that boxes may not meet at all
    area = lambda box: (box[..., 2] - box[..., 0]) * (box[..., 3] - box[..., 1])
    return both / (area(a) + area(b) - both)


answer_13_4_1 = "A larger ratio makes the boxes taller and narrower."
