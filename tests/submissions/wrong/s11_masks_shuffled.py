"""Images and masks are shuffled separately.

loses: 13.11.2/training, 13.11.2/training-ignore
says: mean IoU on new images
"""

import torch
from torch.nn import functional as F


def train_fcn(train_set, *, net, epochs=10, batch_size=16, lr=0.01, device='cpu'):
    opt = torch.optim.Adam(net.parameters(), lr)
    n = len(train_set)
    for _ in range(epochs):
        a, b = torch.randperm(n).tolist(), torch.randperm(n).tolist()
        for i in range(0, n, batch_size):
            x = torch.stack([train_set[k][0] for k in a[i:i + batch_size]])
            y = torch.stack([train_set[k][1] for k in b[i:i + batch_size]])
            opt.zero_grad()
            F.cross_entropy(net(x), y, ignore_index=255).backward()
            opt.step()
    return net
