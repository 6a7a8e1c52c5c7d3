"""Ignores where the row belongs.

loses: 13.2.4/trained
says: auc
"""

import torch


def head_from_class(net, pretrained_head, class_index, row=0):
    with torch.no_grad():
        net.fc.weight[0] = pretrained_head.weight[class_index]
        net.fc.bias[0] = pretrained_head.bias[class_index]
    return net
