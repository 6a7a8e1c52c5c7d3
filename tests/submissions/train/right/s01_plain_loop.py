"""Everything by hand: a permutation, batches of its slices, flips in numpy, Adam with one learning rate."""

import numpy as np
import torch


def no_aug():
    return lambda image: torch.from_numpy(np.array(image)).permute(2, 0, 1) / 255


def flip_aug():
    def flip(image):
        pixels = np.array(image)
        if np.random.rand() < 0.5:
            pixels = pixels[:, ::-1].copy()
        return torch.from_numpy(pixels).permute(2, 0, 1) / 255

    return flip


def train_with_data_aug(train_set, augment, net, epochs, batch_size, lr, device):
    net.to(device)
    net.train()
    loss = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    for _ in range(epochs):
        order = torch.randperm(len(train_set)).tolist()
        for start in range(0, len(order), batch_size):
            batch = [train_set[i] for i in order[start : start + batch_size]]
            X = torch.stack([augment(image) for image, _ in batch]).to(device)
            y = torch.tensor([label for _, label in batch]).to(device)
            optimizer.zero_grad()
            loss(net(X), y).backward()
            optimizer.step()
    return net
