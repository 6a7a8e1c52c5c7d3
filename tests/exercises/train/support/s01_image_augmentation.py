"""Beside the student's code in 13.1's training: labelled pictures, and CIFAR-10 as the book loads it."""

import numpy as np
import torch
import torchvision
from course_support_common import as_floats, classifier, finish, predict, train, watch  # noqa: F401 (checks call them)
from PIL import Image


def pictures(images):
    """uint8 (n, 3, H, W) → PIL images."""
    return [Image.fromarray(image.permute(1, 2, 0).contiguous().numpy()) for image in images]


def labelled(images, labels):
    """A training set: a list of (RGB PIL image, int)."""
    return list(zip(pictures(images), labels.tolist(), strict=True))


def train_augmented(net, images, labels, augment, epochs, batch_size, lr, device):
    """The course's training with the student's augmentation, drawn anew in every epoch; None: without any."""
    if augment is None:
        return train(net, as_floats(images), labels, epochs, batch_size, lr, device)
    originals = pictures(images)

    def prepare(chosen):
        return torch.stack([augment(originals[int(i)]) for i in chosen])

    return train(net, torch.arange(len(originals)), labels, epochs, batch_size, lr, device, prepare)


class _Served(torch.utils.data.Dataset):
    """What torchvision.datasets.CIFAR10 is to code along the book: the same arguments and attributes, other pictures."""

    parts = None
    classes = None

    def __init__(self, root="", train=True, transform=None, target_transform=None, download=False):
        images, labels = self.parts["train" if train else "test"]
        self.root, self.train = root, train
        self.transform, self.target_transform = transform, target_transform
        self.data = np.ascontiguousarray(images.permute(0, 2, 3, 1).numpy())
        self.targets = labels.tolist()
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}

    def __getitem__(self, index):
        image, label = Image.fromarray(self.data[index]), self.targets[index]
        if self.transform is not None:
            image = self.transform(image)
        return image, label if self.target_transform is None else self.target_transform(label)

    def __len__(self):
        return len(self.targets)


def serve_cifar10(images, labels, test_images, test_labels, classes):
    """`torchvision.datasets.CIFAR10(…)` yields these pictures from now on."""
    parts = {"train": (images, labels), "test": (test_images, test_labels)}
    served = type("CIFAR10", (_Served,), {"parts": parts, "classes": list(classes)})
    torchvision.datasets.CIFAR10 = torchvision.datasets.cifar.CIFAR10 = served
