"""A plain loop."""

import torch


def sum_up(x):
    result = torch.zeros(())
    for value in x:
        result = result + value
    return result
