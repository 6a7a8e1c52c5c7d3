"""torchvision converts; integer boxes become float first."""
import torch
from torchvision.ops import box_convert


def label_object(image):
    w, h = image.size
    assert w > 400 and h > 300
    return torch.tensor([180, 20, 410, 300])  # whole pixels


def box_to_rect(box):
    return box_convert(box, "xyxy", "xywh")


def corner_to_center(boxes):
    boxes = boxes if boxes.is_floating_point() else boxes.float()
    return box_convert(boxes, in_fmt="xyxy", out_fmt="cxcywh")


def center_to_corner(boxes):
    return box_convert(boxes, in_fmt="cxcywh", out_fmt="xyxy")
