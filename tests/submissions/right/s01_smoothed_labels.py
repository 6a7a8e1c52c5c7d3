"""A cross entropy with smoothed labels, and AdamW with a rate that warms up."""

import torch
from torch import nn


def train_with_data_aug(train_set, augment, net, *, epochs=10, batch_size=64, lr=1e-3, device="cpu"):
    def gather(pairs):
        return torch.stack([augment(picture) for picture, _ in pairs]), torch.tensor([k for _, k in pairs])

    batches = torch.utils.data.DataLoader(train_set, batch_size, shuffle=True, collate_fn=gather)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    net.to(device).train()
    optimizer = torch.optim.AdamW(net.parameters(), lr)
    warm = max(1, len(batches) // 2)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warm))
    for _ in range(epochs):
        for images, labels in batches:
            optimizer.zero_grad()
            criterion(net(images.to(device)), labels.to(device)).backward()
            optimizer.step()
            rate.step()
    return net
