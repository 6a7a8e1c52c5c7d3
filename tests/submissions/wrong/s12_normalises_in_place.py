"""The pictures are normalised in place.

loses: 13.12.3/inputs
says: stylise changes argument 1 in place
"""

from solution import MEAN, STD
from solution import stylise as right


def stylise(content, style, net, **options):
    original = content.clone()
    content -= MEAN
    content /= STD
    return right(original, style, net, **options)
