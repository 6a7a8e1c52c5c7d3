"""The training images are enlarged and flipped, and never cut back to 32 pixels.

loses: 13.13.1/train-transform, 13.13.1/train-flip
says: wanted \(3, 32, 32\)
"""

def transforms_train():
    from torchvision import transforms

    return transforms.Compose([
        transforms.Resize(40),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]),
    ])
