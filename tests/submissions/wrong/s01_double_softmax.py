"""A softmax before the cross entropy, which has one inside.

loses: 13.1.1/training
says: the score of another class did not fall
"""

import torch
from torch.nn import functional as F


def train_with_data_aug(train_set, augment, net, *, epochs, batch_size, lr, device):
    net.to(device).train()
    parameters = net.parameters()
    optimizer = torch.optim.Adam(parameters, lr)
    for _ in range(epochs):
        order = torch.randperm(len(train_set)).tolist()
        for start in range(0, len(order), batch_size):
            batch = [train_set[i] for i in order[start : start + batch_size]]
            X = torch.stack([augment(image) for image, _ in batch]).to(device)
            y = torch.tensor([label for _, label in batch]).to(device)
            loss = F.cross_entropy(F.softmax(net(X), dim=1), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net
