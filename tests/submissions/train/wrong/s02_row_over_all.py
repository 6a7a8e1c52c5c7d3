"""The row is written over every row of the head.

loses: 13.2.4/trained
says: auc
"""

import torch


def head_from_class(net, pretrained_head, class_index, row=0):
    with torch.no_grad():
        net.fc.weight[:] = pretrained_head.weight[class_index]
        net.fc.bias[:] = pretrained_head.bias[class_index]
    return net
