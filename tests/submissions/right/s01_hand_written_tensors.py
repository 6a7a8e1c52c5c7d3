"""Only torch: tensors pushed by hand, modules as transforms."""

import torch
from torch import nn
from torchvision.transforms import v2
from torchvision.transforms.functional import pil_to_tensor


def pixels(image):
    image = image if isinstance(image, torch.Tensor) else pil_to_tensor(image)
    return image.float().div(255)


class NoAug(nn.Module):
    def forward(self, image):
        return pixels(image)


class Flip(nn.Module):
    def forward(self, image):
        x = pixels(image)
        return torch.flip(x, dims=[-1]) if torch.rand(()) > 0.5 else x


def no_aug():
    return NoAug()


def flip_aug():
    return Flip()


def train_with_data_aug(train_set, augment, net, *, epochs=10, batch_size=8, lr=0.1, device=None):
    net.to(device)
    opt = torch.optim.AdamW(net.parameters(), lr=lr, weight_decay=1e-3)
    labels = torch.tensor([label for _, label in train_set], device=device)
    n = len(labels)
    for epoch in range(epochs):
        net.train()
        x = torch.stack([augment(image) for image, _ in train_set]).to(device)
        for batch in torch.randperm(n).split(batch_size):
            opt.zero_grad()
            nn.functional.cross_entropy(net(x[batch]), labels[batch]).backward()
            opt.step()
        with torch.no_grad():
            net.eval()
            net(x).argmax(1).eq(labels).float().mean()
    return net


def generalisation_gap(history):
    return torch.tensor(history["train_acc"][-1]) - torch.tensor(history["test_acc"][-1])


def combined_aug():
    def combine(image):
        x = pixels(image)
        if torch.rand(1).item() < 0.5:
            x = x.flip(-1)
        dy, dx = torch.randint(-3, 4, (2,)).tolist()
        x = x.roll((dy, dx), (-2, -1))
        gain, offset = torch.empty(2).uniform_(-0.3, 0.3)
        x = ((x - 0.5) * (1 + gain) + 0.5 + offset).clamp(0, 1)
        mix = torch.rand(())
        return (x * mix + x.mean(0, keepdim=True) * (1 - mix)).clamp(0, 1)

    return combine


def augmentation_catalogue():
    policies = [v2.AutoAugment(), v2.RandAugment(), v2.TrivialAugmentWide()]
    entries = {type(p).__name__: p for p in policies}
    entries |= {
        "flip": Flip(),
        "jitter": v2.ColorJitter(0.5),
        "hue": v2.ColorJitter(hue=0.5),
        "rotate": v2.RandomRotation(90),
        "channels": v2.RandomChannelPermutation(),
        "perspective": v2.RandomPerspective(),
        "equalize": v2.RandomEqualize(),
        "invert": v2.RandomInvert(),
    }
    return entries
