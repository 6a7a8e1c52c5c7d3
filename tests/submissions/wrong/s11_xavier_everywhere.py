"""Xavier is applied to all layers, the trained backbone included.

loses: 13.11.1/init-only
says: changed .* too
"""

import solution
from torch import nn


def init_upsampling(net, how):
    if how != 'xavier':
        return solution.init_upsampling(net, how)

    def init(m):
        if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.xavier_uniform_(m.weight)
    return net.apply(init)
