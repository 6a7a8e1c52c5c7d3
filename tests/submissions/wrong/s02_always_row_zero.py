"""The row is not used.

loses: 13.2.4/bias, 13.2.4/others, 13.2.4/row
says: row
"""

import torch


@torch.no_grad()
def head_from_class(net, pretrained_head, class_index, row=0):
    net.fc.weight[0] = pretrained_head.weight[class_index]
    net.fc.bias[0] = pretrained_head.bias[class_index]
    return net
