"""Written along the book: torchvision's first transforms, a DataLoader with a data set that augments."""

import torch
import torchvision
from torch import nn


class Drawn(torch.utils.data.Dataset):
    """Draws an image anew each time it is asked for."""

    def __init__(self, pairs, draw):
        self.pairs = pairs
        self.draw = draw

    def __getitem__(self, index):
        picture, kind = self.pairs[index]
        return self.draw(picture), kind

    def __len__(self):
        return len(self.pairs)


class FlipBoth:
    """Takes what ToTensor does not: a uint8 tensor."""

    def __init__(self, *flips):
        self.steps = torchvision.transforms.Compose([*flips, torchvision.transforms.ToTensor()])

    def __call__(self, image):
        if torch.is_tensor(image):
            image = torchvision.transforms.functional.to_pil_image(image)
        return self.steps(image)


def no_aug():
    return FlipBoth()


def flip_aug():
    return FlipBoth(torchvision.transforms.RandomHorizontalFlip())


def train_with_data_aug(train_set, augment, net, *, epochs, batch_size, lr, device):
    batches = torch.utils.data.DataLoader(Drawn(train_set, augment), batch_size, shuffle=True)
    each = nn.CrossEntropyLoss(reduction="none")
    adam = torch.optim.Adam(net.parameters(), lr)
    net = nn.DataParallel(net).to(device).train()
    for epoch in range(1, epochs + 1):
        for images, kinds in batches:
            losses = each(net(images.to(device)), kinds.to(device))
            adam.zero_grad()
            losses.sum().backward()  # the gradient of the sum, not of the mean
            adam.step()
        print(f"epoch {epoch}: last batch {losses.mean().item():.3f}")
    return net


def generalisation_gap(history):
    return history["train_acc"][-1] - history["test_acc"][-1]


def combined_aug():
    T = torchvision.transforms
    colours = T.ColorJitter(0.5, 0.5, 0.5, 0.5)
    parts = T.RandomResizedCrop(32, scale=(0.1, 1), ratio=(0.5, 2))
    return T.Compose([T.RandomHorizontalFlip(), colours, parts, T.ToTensor()])


def augmentation_catalogue():
    T = torchvision.transforms
    return {
        "RandomHorizontalFlip": T.RandomHorizontalFlip(),
        "RandomVerticalFlip": T.RandomVerticalFlip(),
        "CenterCrop": T.CenterCrop(64),
        "FiveCrop": T.FiveCrop(64),
        "Pad": T.Pad(4),
        "RandomRotation": T.RandomRotation(45),
        "RandomAffine": T.RandomAffine(0, shear=30),
        "ColorJitter": T.ColorJitter(0.5, 0.5, 0.5, 0.5),
        "Grayscale": T.Grayscale(3),
        "RandomPosterize": T.RandomPosterize(2),
        "RandomAutocontrast": T.RandomAutocontrast(),
        "RandomErasing": T.Compose([T.ToTensor(), T.RandomErasing()]),
        "Normalize": T.Compose([T.ToTensor(), T.Normalize([0.5] * 3, [0.5] * 3)]),
        "AugMix": T.AugMix(),
    }
