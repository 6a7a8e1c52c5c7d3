"""A copy is trained, the original returned.

loses: 13.11.2/training, 13.11.2/training-ignore
says: mean IoU on new images
"""

import copy

import solution


def train_fcn(train_set, *, net, **options):
    solution.train_fcn(train_set, net=copy.deepcopy(net), **options)
    return net
