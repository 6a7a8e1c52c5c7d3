"""The style loss does not reach the picture.

loses: 13.12.1/trained
says: style
"""

import solution


def style_loss(Y_hat, gram_Y):
    return (solution.gram(Y_hat).detach() - gram_Y).square().mean()
