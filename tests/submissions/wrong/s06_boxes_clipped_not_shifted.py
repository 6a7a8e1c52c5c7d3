"""The boxes are clipped to the size of the crop and never shifted.

loses: 13.6.2/boxes, 13.6.2/visibility
says: the boxes of the crop
"""
import torch


def random_crop_with_boxes(image, boxes, labels, size, min_visible=0.3):
    h, w = size
    top = torch.randint(0, image.shape[1] - h + 1, (1,)).item()
    left = torch.randint(0, image.shape[2] - w + 1, (1,)).item()
    image = image[:, top:top + h, left:left + w]
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    x1 = (boxes[:, 0]).clamp(0, w)
    y1 = (boxes[:, 1]).clamp(0, h)
    x2 = (boxes[:, 2]).clamp(0, w)
    y2 = (boxes[:, 3]).clamp(0, h)
    visible = (x2 - x1) * (y2 - y1) / area
    keep = visible >= min_visible
    return image, torch.stack((x1, y1, x2, y2), dim=1)[keep], labels[keep]
