"""Reports the training accuracy as the validation accuracy.

loses: 13.13.2/trained
says: error|accuracies
"""

import torch
from torch.utils.data import DataLoader
import solution


def collate(transform):
    return lambda pairs: (torch.stack([transform(i) for i, _ in pairs]), torch.tensor([l for _, l in pairs]))


def accuracy(net, data, device, batch_size):
    net.eval()
    with torch.no_grad():
        batches = DataLoader(data, batch_size, collate_fn=collate(solution.transforms_test()))
        return sum(int((net(X.to(device)).argmax(1).cpu() == y).sum()) for X, y in batches) / len(data)


def train_without_aug(train_set, valid_set, net, num_epochs, lr, wd, device, lr_period, lr_decay, batch_size=128):
    loader = DataLoader(train_set, batch_size, shuffle=True, collate_fn=collate(solution.transforms_test()))
    solution.train(net, loader, None, num_epochs, lr, wd, device, lr_period, lr_decay)
    return accuracy(net, train_set, device, batch_size), accuracy(net, train_set, device, batch_size)
