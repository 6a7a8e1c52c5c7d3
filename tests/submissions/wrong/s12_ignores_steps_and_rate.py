"""The number of steps and the learning rate are fixed.

loses: 13.12.3/settings
says: moves the pixels by
"""

from solution import stylise as right


def stylise(content, style, net, *, steps, lr, **options):
    return right(content, style, net, steps=60, lr=0.05, **options)
