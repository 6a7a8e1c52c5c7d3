"""The new head's weight is a view of the pretrained one.

loses: 13.2.4/copy
says: share memory|after the call
"""

import torch


@torch.no_grad()
def head_from_class(net, pretrained_head, class_index, row=0):
    first, rows = class_index - row, len(net.fc.weight)
    if 0 <= first <= len(pretrained_head.weight) - rows:
        weight, bias = pretrained_head.weight.data[first : first + rows], pretrained_head.bias.data[first : first + rows]
        for i in range(rows):
            if i != row:
                weight[i], bias[i] = net.fc.weight.data[i], net.fc.bias.data[i]
        net.fc.weight.data, net.fc.bias.data = weight, bias
    else:
        net.fc.weight[row] = pretrained_head.weight[class_index]
        net.fc.bias[row] = pretrained_head.bias[class_index]
    return net
