"""The head is no longer trainable.

loses: 13.2.4/trainable
says: gets no gradient
"""

import torch


@torch.no_grad()
def head_from_class(net, pretrained_head, class_index, row=0):
    net.fc.weight[row] = pretrained_head.weight[class_index]
    net.fc.bias[row] = pretrained_head.bias[class_index]
    net.fc.requires_grad_(False)
    return net
