"""A generator seeded by the system, which no seed repeats.

loses: 13.1.2/seed
says: same seed
"""

import random

from torchvision.transforms import functional as F

chance = random.SystemRandom()


def combined_aug():
    def combine(image):
        if chance.random() < 0.5:
            image = F.hflip(image)
        image = F.affine(image, 0, [chance.randint(-3, 3), chance.randint(-3, 3)], 1, [0])
        image = F.adjust_brightness(image, chance.uniform(0.6, 1.4))
        return F.to_tensor(image)

    return combine
