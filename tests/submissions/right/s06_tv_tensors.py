"""torchvision's v2 transforms do the geometry; the data set reads lazily."""
import numpy as np
import torch
from torch.utils.data import Dataset
from torchvision import tv_tensors
from torchvision.io import decode_image
from torchvision.transforms.v2 import functional as F


class BananasDataset(Dataset):
    def __init__(self, root, is_train=True):
        self.folder = f"{root}/bananas_{'train' if is_train else 'val'}"
        with open(f"{self.folder}/label.csv", encoding="utf-8") as f:
            rows = [line.rstrip("\n").split(",") for line in f if line.strip()]
        if any(len(row) != 6 for row in rows):
            raise ValueError("label.csv: too few fields in the row of " + next(r[0] for r in rows if len(r) != 6))
        self.rows = rows[1:]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        name, *numbers = self.rows[i]
        image = decode_image(f"{self.folder}/images/{name}")
        try:
            label = torch.tensor([[float(v) for v in numbers]]) / 256
        except ValueError as e:
            raise ValueError(f"{name}: {e}")
        return image.to(torch.float32), label


def read_data_bananas(root, is_train=True):
    data = BananasDataset(root, is_train)
    pairs = [data[i] for i in range(len(data))]
    return [image.to(torch.uint8) for image, _ in pairs], torch.stack([label for _, label in pairs])


def box_statistics(labels):
    left, top, right, bottom = labels[..., 1:].reshape(-1, 4).T
    w, h = right.sub(left), bottom.sub(top)
    centres = torch.stack([left + right, top + bottom], dim=1) / 2
    return {"area": w.mul(h), "aspect": w.div(h), "spread": centres.var(dim=0, unbiased=False).sqrt()}


def _boxes(boxes, height, width):
    return tv_tensors.BoundingBoxes(boxes.clone(), format="XYXY", canvas_size=(height, width))


def random_crop_with_boxes(image, boxes, labels, size, min_visible=0.3):
    height, width = size
    top = np.random.randint(image.shape[-2] - height + 1)
    left = np.random.randint(image.shape[-1] - width + 1)
    before = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    moved = F.crop(_boxes(boxes, *image.shape[-2:]), top, left, height, width)
    moved = F.clamp_bounding_boxes(moved)
    after = (moved[:, 2:] - moved[:, :2]).clamp(min=0).prod(1)
    keep = (after / before >= min_visible).nonzero().flatten()
    return F.crop(image, top, left, height, width), moved[keep], labels[keep]


def hflip_with_boxes(image, boxes):
    return F.horizontal_flip(image), F.horizontal_flip(_boxes(boxes, *image.shape[-2:]))
