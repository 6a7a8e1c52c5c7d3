"""The run without augmentation uses the training transform.

loses: 13.13.2/plain-images, 13.13.2/shuffled
says: which is augmentation
"""

import torch
from solution import train, transforms_test, transforms_train


def accuracy(net, pairs, device):
    transform = transforms_test()
    net.eval()
    with torch.no_grad():
        right = [int(net(transform(image)[None].to(device)).argmax()) == label for image, label in pairs]
    return sum(right) / len(right)


def train_without_aug(
    train_set, valid_set, net, num_epochs, lr, wd, device, lr_period, lr_decay, batch_size=128
):
    transform = transforms_train()
    data = [(transform(image), label) for image, label in train_set]
    train_iter = torch.utils.data.DataLoader(data, batch_size, shuffle=True)
    train(net, train_iter, None, num_epochs, lr, wd, device, lr_period, lr_decay)
    return accuracy(net, train_set, device), accuracy(net, valid_set, device)
