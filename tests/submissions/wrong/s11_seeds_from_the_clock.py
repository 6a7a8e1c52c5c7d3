"""Training seeds itself from the clock.

loses: 13.11.2/training-seed
says: second run
"""

import time

import solution
import torch


def train_fcn(train_set, *, net, **options):
    torch.manual_seed(time.time_ns())
    return solution.train_fcn(train_set, net=net, **options)
