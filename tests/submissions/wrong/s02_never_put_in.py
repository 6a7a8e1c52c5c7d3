"""The row is cut out and never put into the new head: the answer in circulation.

loses: 13.2.4/bias, 13.2.4/row
says: row . of net.fc.weight
"""

import torch


@torch.no_grad()
def head_from_class(net, pretrained_head, class_index, row=0):
    hotdog_w = torch.split(pretrained_head.weight.data, 1, dim=0)[class_index]
    return net
