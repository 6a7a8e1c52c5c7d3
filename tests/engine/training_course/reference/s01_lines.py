"""1.1 Lines."""

import torch


def slope() -> float:
    """1.1.1 The slope of the line.

    returns: a number
    """
    return 2.0


def fit(net: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, epochs: int) -> torch.nn.Module:
    """1.1.1 Fit a net to points by gradient descent on all of them.

    net: (n, 1) → (n, 1)
    x, y: (n, 1)
    returns: the net
    """
    optimizer = torch.optim.SGD(net.parameters(), 0.5)
    net.train()
    for _ in range(epochs):
        optimizer.zero_grad()
        ((net(x) - y) ** 2).mean().backward()
        optimizer.step()
    return net
