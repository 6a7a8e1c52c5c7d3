"""Beside the student's code in 13.13's training: loaders over pictures, and a net small enough for a second an epoch."""

import torch
from course_support_common import classifier, finish, predict, watch  # noqa: F401 (checks call them)
from PIL import Image


class Pictures(torch.utils.data.Dataset):
    """(picture, label), through a transform when there is one."""

    def __init__(self, images, labels, transform=None):
        self.pictures = [Image.fromarray(i.permute(1, 2, 0).contiguous().numpy()) for i in images]
        self.labels, self.transform = labels.tolist(), transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        picture = self.pictures[index]
        return picture if self.transform is None else self.transform(picture), self.labels[index]


def pairs(images, labels):
    """A sequence of (PIL image, int)."""
    data = Pictures(images, labels)
    return [data[i] for i in range(len(data))]


def loader(images, labels, transform, batch_size, shuffle):
    return torch.utils.data.DataLoader(Pictures(images, labels, transform), batch_size, shuffle=shuffle)


def transformed(transform, images):
    """Every picture through the transform, stacked: float (n, 3, H, W)."""
    data = Pictures(images, torch.zeros(len(images), dtype=torch.int64), transform)
    return torch.stack([data[i][0] for i in range(len(data))]).float()


def device_of(name):
    return torch.device(name)
