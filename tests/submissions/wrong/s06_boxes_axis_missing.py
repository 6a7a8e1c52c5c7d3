"""The axis of boxes per image is missing.

loses: 13.6.1/labels, 13.6.1/validation
says: one box of .class, x1, y1, x2, y2. per image|shape
"""
import csv
import os
import torch
from torchvision.io import read_image


def read_data_bananas(root, is_train=True):
    folder = os.path.join(root, "bananas_train" if is_train else "bananas_val")
    images, targets = [], []
    with open(os.path.join(folder, "label.csv")) as f:
        for row in csv.DictReader(f):
            images.append(read_image(os.path.join(folder, "images", row["img_name"])))
            try:
                targets.append([float(row[k]) for k in ("label", "xmin", "ymin", "xmax", "ymax")])
            except (TypeError, ValueError):
                raise ValueError("broken row of " + row["img_name"])
    return images, torch.tensor(targets) / 256
