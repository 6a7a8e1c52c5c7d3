"""Draws into the caller's image.

loses: 13.1.2/inputs
says: image after combined_aug
"""

from solution import combined_aug as good


def combined_aug():
    aug = good()

    def combine(image):
        result = aug(image)
        image.putpixel((0, 0), (1, 2, 3))
        return result

    return combine
