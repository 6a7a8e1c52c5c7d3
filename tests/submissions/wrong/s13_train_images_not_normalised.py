"""Training images are not normalised, test images are.

loses: 13.13.1/train-transform
says: white as 1.00 in channel 0
"""

def transforms_train():
    from torchvision import transforms

    return transforms.Compose([
        transforms.Resize(40),
        transforms.RandomResizedCrop(32, scale=(0.64, 1.0), ratio=(1.0, 1.0)),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
    ])
