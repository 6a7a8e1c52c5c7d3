"""Numpy and Pillow inside, float64 results, plain SGD."""

import random

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageFilter, ImageOps


def to_array(image):
    if isinstance(image, torch.Tensor):
        return image.numpy().transpose(1, 2, 0)
    return np.asarray(image)


def to_tensor(array):
    return torch.from_numpy(array.transpose(2, 0, 1).astype(np.float64) / 255.0)


def no_aug():
    return lambda image: to_tensor(to_array(image))


def flip_aug():
    def flip(image):
        array = to_array(image)
        if np.random.rand() < 0.5:
            array = np.fliplr(array).copy()
        return to_tensor(array)

    return flip


def train_with_data_aug(train_set, augment, net, *, epochs, batch_size, lr, device):
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    net.to(device)
    net.train()
    for _ in range(epochs):
        order = list(range(len(train_set)))
        random.shuffle(order)
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            x = torch.stack([augment(train_set[i][0]).float() for i in chosen]).to(device)
            y = torch.tensor([train_set[i][1] for i in chosen]).to(device)
            log_p = torch.log_softmax(net(x), dim=1)
            loss = -log_p[torch.arange(len(y)), y].mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    net.eval()
    return net


def generalisation_gap(history):
    train, test = np.array(history["train_acc"]), np.array(history["test_acc"])
    return (train - test)[-1]


def combined_aug():
    def combine(image):
        width, height = image.size
        if random.random() < 0.5:
            image = ImageOps.mirror(image)
        padded = ImageOps.expand(image, 4)
        x, y = random.randint(0, 8), random.randint(0, 8)
        image = padded.crop((x, y, x + width, y + height))
        image = ImageEnhance.Brightness(image).enhance(random.uniform(0.6, 1.6))
        return to_tensor(np.asarray(image)).float()

    return combine


def augmentation_catalogue():
    return {
        "mirror": ImageOps.mirror,
        "flip": ImageOps.flip,
        "grey": lambda i: ImageOps.grayscale(i).convert("RGB"),
        "invert": ImageOps.invert,
        "posterize": lambda i: ImageOps.posterize(i, 3),
        "solarize": lambda i: ImageOps.solarize(i, random.randrange(60, 200)),
        "blur": lambda i: i.filter(ImageFilter.GaussianBlur(2)),
        "rotate": lambda i: i.rotate(random.uniform(-20, 20)),
        "crop": lambda i: i.crop((10, 10, 100, 100)),
        "sharpness": lambda i: ImageEnhance.Sharpness(i).enhance(3),
        "colour": lambda i: ImageEnhance.Color(i).enhance(random.uniform(0, 2)),
    }
