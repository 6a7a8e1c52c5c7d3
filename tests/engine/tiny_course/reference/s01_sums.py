"""1.1 Sums."""

import torch
from torch import Tensor, nn


def total(x: Tensor) -> Tensor:
    """1.1.1 The sum of the elements of x (n,)."""
    return x.sum()


def mean(x: Tensor) -> Tensor:
    """1.1.1 The mean of the elements of x (n,), n ≥ 1."""
    return total(x) / len(x)


def _factor(value: float) -> nn.Parameter:
    return nn.Parameter(torch.tensor(value))


class _Scaler(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = _factor(factor)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor


def make_scaler(factor: float) -> nn.Module:
    """1.1.2 A module with one parameter that multiplies its input by it."""
    return _Scaler(factor)


answer_1_1_1 = """The mean of nothing is undefined. 没有定义。"""
