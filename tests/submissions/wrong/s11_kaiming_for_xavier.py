"""reset_parameters is torch's default initialisation, not Xavier's.

loses: 13.11.1/init-xavier
says: standard deviation
"""

import solution


def init_upsampling(net, how):
    if how == 'xavier':
        net.transpose_conv.reset_parameters()
        return net
    return solution.init_upsampling(net, how)
