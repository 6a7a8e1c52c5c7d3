"""Width before height.

loses: 13.5.3/flatten
says: flatten_pred
"""
import torch


def flatten_pred(pred):
    return torch.flatten(pred.permute(0, 3, 2, 1), start_dim=1)
