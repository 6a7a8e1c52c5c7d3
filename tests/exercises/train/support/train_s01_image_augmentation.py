"""Beside the student's code in 13.1's training: labelled pictures, and CIFAR-10 as the book loads it."""

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


def serve_cifar10(images, labels, test_images, test_labels):
    """`torchvision.datasets.CIFAR10(…)` yields these pictures from now on (served.py has put its own class there)."""
    torchvision.datasets.CIFAR10.serve((images, labels), (test_images, test_labels))
