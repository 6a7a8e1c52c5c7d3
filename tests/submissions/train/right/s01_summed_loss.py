"""Written along the book: a DataLoader over a data set that augments, DataParallel, and the sum of the losses."""

import torch
from torch import nn


class Augmented(torch.utils.data.Dataset):
    def __init__(self, data, transform):
        self.data, self.transform = data, transform

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        image, label = self.data[i]
        return self.transform(image), label


def train_with_data_aug(train_set, augment, net, *, epochs, batch_size, lr, device):
    train_iter = torch.utils.data.DataLoader(Augmented(train_set, augment), batch_size, shuffle=True)
    loss = nn.CrossEntropyLoss(reduction="none")
    trainer = torch.optim.Adam(net.parameters(), lr=lr)
    net = nn.DataParallel(net, device_ids=None).to(device)
    for _ in range(epochs):
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            net.train()
            trainer.zero_grad()
            l = loss(net(X), y).sum()
            l.backward()
            trainer.step()
    return net
