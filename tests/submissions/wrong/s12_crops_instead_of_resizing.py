"""The middle of the picture is cut out instead of resizing all of it.

loses: 13.12.1/preprocess
says: ramps from black to white
"""

import torchvision
from solution import MEAN, STD


def preprocess(img, image_shape):
    transforms = torchvision.transforms.Compose([
        torchvision.transforms.CenterCrop(image_shape),
        torchvision.transforms.ToTensor(),
        torchvision.transforms.Normalize(MEAN.flatten(), STD.flatten()),
    ])
    return transforms(img).unsqueeze(0)
