"""Takes the row before the class.

loses: 13.2.4/trained
says: ^(auc|likeness) -?\d\.\d+, wanted at least
"""

import torch


def head_from_class(net, pretrained_head, class_index, row=0):
    with torch.no_grad():
        net.fc.weight[row] = pretrained_head.weight[class_index - 1]
        net.fc.bias[row] = pretrained_head.bias[class_index - 1]
    return net
