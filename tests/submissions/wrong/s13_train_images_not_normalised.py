"""Training images are not normalised, test images are.

loses: 13.13.1/train-transform
says: pixels of 250/255 come out as 0.98
"""

def transforms_train():
    from torchvision import transforms

    return transforms.Compose([
        transforms.Resize(40),
        transforms.RandomResizedCrop(32, scale=(0.64, 1.0), ratio=(1.0, 1.0)),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
    ])
