"""Written along the book: torchvision's first transforms, a DataLoader with a data set that augments."""

import torch
import torchvision
from torch import nn


class Augmented(torch.utils.data.Dataset):
    def __init__(self, data, transform):
        self.data, self.transform = data, transform

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        image, label = self.data[i]
        return self.transform(image), label


class FlipBoth:
    """Takes what ToTensor does not: a uint8 tensor."""

    def __init__(self, flips):
        self.flips = flips

    def __call__(self, image):
        if torch.is_tensor(image):
            image = torchvision.transforms.functional.to_pil_image(image)
        return torchvision.transforms.Compose([*self.flips, torchvision.transforms.ToTensor()])(image)


def no_aug():
    return FlipBoth([])


def flip_aug():
    return FlipBoth([torchvision.transforms.RandomHorizontalFlip()])


def train_batch_ch13(net, X, y, loss, trainer, device):
    X, y = X.to(device), y.to(device)
    net.train()
    trainer.zero_grad()
    pred = net(X)
    l = loss(pred, y)
    l.sum().backward()
    trainer.step()
    return l.sum(), (pred.argmax(1) == y).sum()


def train_with_data_aug(train_set, augment, net, *, epochs, batch_size, lr, device):
    train_iter = torch.utils.data.DataLoader(Augmented(train_set, augment), batch_size=batch_size, shuffle=True)
    loss = nn.CrossEntropyLoss(reduction="none")
    trainer = torch.optim.Adam(net.parameters(), lr=lr)
    net = nn.DataParallel(net).to(device)
    for epoch in range(epochs):
        for i, (features, labels) in enumerate(train_iter):
            l, acc = train_batch_ch13(net, features, labels, loss, trainer, device)
        print(f"epoch {epoch + 1}, loss {float(l):.3f}")
    return net


def generalisation_gap(history):
    return history["train_acc"][-1] - history["test_acc"][-1]


def combined_aug():
    shape_aug = torchvision.transforms.RandomResizedCrop((32, 32), scale=(0.1, 1), ratio=(0.5, 2))
    color_aug = torchvision.transforms.ColorJitter(brightness=0.5, contrast=0.5, saturation=0.5, hue=0.5)
    return torchvision.transforms.Compose(
        [torchvision.transforms.RandomHorizontalFlip(), color_aug, shape_aug, torchvision.transforms.ToTensor()]
    )


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
