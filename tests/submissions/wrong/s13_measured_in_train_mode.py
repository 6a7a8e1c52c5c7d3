"""The accuracies are measured with the net in train mode.

loses: 13.13.2/accuracies
says: validation images in train mode
"""

import torch
from solution import train, transforms_test


def accuracy(net, pairs, device):
    transform = transforms_test()
    images = torch.stack([transform(image) for image, _ in pairs]).to(device)
    with torch.no_grad():
        right = net(images).argmax(dim=1) == torch.tensor([label for _, label in pairs])
    return float(right.float().mean())


def train_without_aug(
    train_set, valid_set, net, num_epochs, lr, wd, device, lr_period, lr_decay, batch_size=128
):
    transform = transforms_test()
    data = [(transform(image), label) for image, label in train_set]
    train_iter = torch.utils.data.DataLoader(data, batch_size, shuffle=True)
    train(net, train_iter, None, num_epochs, lr, wd, device, lr_period, lr_decay)
    return accuracy(net, train_set, device), accuracy(net, valid_set, device)
