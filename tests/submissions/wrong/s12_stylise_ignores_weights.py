"""stylise uses weights of its own.

loses: 13.12.3/weights
says: with a large .* weight
"""

from solution import stylise as right


def stylise(content, style, net, *, weights, **options):
    return right(content, style, net, weights=(1.0, 30.0, 0.1), **options)
