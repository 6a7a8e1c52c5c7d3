"""Only the weight is copied.

loses: 13.2.4/bias
says: net.fc.bias
"""

import torch


@torch.no_grad()
def head_from_class(net, pretrained_head, class_index, row=0):
    net.fc.weight[row] = pretrained_head.weight[class_index]
    return net
