"""The weights are passed on in reverse.

loses: 13.12.3/weights, 13.12.3/result
says: with a large content weight
"""

from solution import stylise as right


def stylise(content, style, net, *, weights, **options):
    return right(content, style, net, weights=weights[::-1], **options)
