"""Training pictures are not normalised, test pictures are.

loses: 13.13.1/trained
says: accuracy
"""

from torchvision import transforms


def transforms_train():
    return transforms.Compose([transforms.RandomHorizontalFlip(), transforms.ToTensor()])
