"""Everything is trained towards the background.

loses: 13.11.2/training, 13.11.2/training-ignore
says: same class nearly everywhere
"""

import torch
from torch.nn import functional as F


def train_fcn(train_set, *, net, epochs=10, batch_size=16, lr=0.01, device='cpu'):
    opt = torch.optim.Adam(net.parameters(), lr)
    for _ in range(epochs):
        for x, y in torch.utils.data.DataLoader(train_set, batch_size, shuffle=True):
            loss = F.cross_entropy(net(x), y * 0)
            opt.zero_grad()
            loss.backward()
            opt.step()
    return net
