"""1.1 Sums."""

import torch
from torch import Tensor, nn


def total(x: Tensor) -> Tensor:
    """1.1.1 The sum of the elements of x (n,)."""
    raise NotImplementedError


def mean(x: Tensor) -> Tensor:
    """1.1.1 The mean of the elements of x (n,), n ≥ 1."""
    raise NotImplementedError


def make_scaler(factor: float) -> nn.Module:
    """1.1.2 A module with one parameter that multiplies its input by it."""
    raise NotImplementedError


answer_1_1_1 = """
"""
