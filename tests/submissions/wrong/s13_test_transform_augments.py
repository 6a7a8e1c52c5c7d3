"""The test transform flips at random too.

loses: 13.13.1/test-transform
says: the test transform is random
"""

def transforms_test():
    from torchvision import transforms

    return transforms.Compose([
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]),
    ])
