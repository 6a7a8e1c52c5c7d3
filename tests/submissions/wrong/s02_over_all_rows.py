"""The (1, D) slice is assigned to the whole weight.

loses: 13.2.4/others
says: rows .* of net.fc.weight
"""

import torch


@torch.no_grad()
def head_from_class(net, pretrained_head, class_index, row=0):
    net.fc.weight[:] = torch.split(pretrained_head.weight, 1)[class_index]
    net.fc.bias[row] = pretrained_head.bias[class_index]
    return net
