"""The images of the run without augmentation are mirrored.

loses: 13.13.2/plain-images
says: it is augmented, or normalised otherwise
"""

import torch
from solution import train, transforms_test


def accuracy(net, pairs, device):
    transform = transforms_test()
    net.eval()
    with torch.no_grad():
        right = [int(net(transform(image)[None].to(device)).argmax()) == label for image, label in pairs]
    return sum(right) / len(right)


def train_without_aug(
    train_set, valid_set, net, num_epochs, lr, wd, device, lr_period, lr_decay, batch_size=128
):
    transform = transforms_test()
    data = [(transform(image).flip(2), label) for image, label in train_set]
    train_iter = torch.utils.data.DataLoader(data, batch_size, shuffle=True)
    train(net, train_iter, None, num_epochs, lr, wd, device, lr_period, lr_decay)
    return accuracy(net, train_set, device), accuracy(net, valid_set, device)
