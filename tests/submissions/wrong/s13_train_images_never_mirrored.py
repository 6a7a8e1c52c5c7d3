"""The training transform only crops.

loses: 13.13.1/train-flip
says: never mirrored
"""

def transforms_train():
    from torchvision import transforms

    return transforms.Compose([
        transforms.Resize(40),
        transforms.RandomResizedCrop(32, scale=(0.64, 1.0), ratio=(1.0, 1.0)),
        transforms.ToTensor(),
        transforms.Normalize([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]),
    ])
