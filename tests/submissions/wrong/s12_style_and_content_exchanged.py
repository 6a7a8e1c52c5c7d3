"""The two pictures are exchanged.

loses: 13.12.3/form, 13.12.3/result, 13.12.3/weights, 13.12.3/settings, 13.12.3/seed
says: height and width of the content image
"""

from solution import stylise as right


def stylise(content, style, net, **options):
    return right(style, content, net, **options)
