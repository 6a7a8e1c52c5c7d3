"""13.1 Image augmentation.

An augmentation is a callable from an image to a float tensor (3, H, W) in 0..1. It is called again for every
image in every epoch, so a random one shows the net a different picture each time.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision.transforms import v2


def no_aug() -> Callable[..., Tensor]:
    """13.1.1 No augmentation: what the test images go through, and the training images of the baseline.

    returns: a callable from an RGB PIL image of H×W pixels to a float tensor (3, H, W), exactly value / 255.
             It is deterministic. Accepting a uint8 tensor (3, H, W) as well earns a bonus.
    """
    return v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.ToPureTensor()])


def flip_aug() -> Callable[..., Tensor]:
    """13.1.1 The image or its mirror image (left and right exchanged), each half of the time.

    returns: a callable from an RGB PIL image of H×W pixels to a float tensor (3, H, W) in 0..1.
             The choice is made anew in every call, with the global random numbers, so that a seed repeats it.
             Accepting a uint8 tensor (3, H, W) as well earns a bonus.
    """
    return v2.Compose([v2.RandomHorizontalFlip(p=0.5), no_aug()])


def train_with_data_aug(
    train_set: Sequence[tuple],
    augment: Callable[..., Tensor],
    net: nn.Module,
    *,
    epochs: int = 10,
    batch_size: int = 64,
    lr: float = 1e-3,
    device: str | torch.device = "cpu",
) -> nn.Module:
    """13.1.1 Train a classifier on augmented images.

    train_set: sequence of (image, label): an RGB PIL image and an int, as a torchvision data set without
               transform yields them
    augment: callable from one image to a float tensor (3, H, W); called for every image in every epoch
    net: from a batch (N, 3, H, W) to one logit per class (N, classes); put it into training mode
    epochs, batch_size: passes over the set, in a new random order each, in batches of at most this size
    lr: learning rate of Adam (a schedule that stays at or below it is your choice)
    device: where to train
    returns: the trained net
    """

    def collate(batch: list[tuple]) -> tuple[Tensor, Tensor]:
        images, labels = zip(*batch, strict=True)
        return torch.stack([augment(image) for image in images]), torch.tensor(labels)

    loader = DataLoader(train_set, batch_size, shuffle=True, collate_fn=collate)
    net = net.to(device).train()
    optimizer = torch.optim.Adam(net.parameters(), lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=epochs * len(loader))
    for _ in range(epochs):
        for images, labels in loader:
            loss = F.cross_entropy(net(images.to(device)), labels.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return net


def generalisation_gap(history: Mapping[str, Sequence[float]]) -> float:
    """13.1.1 How much better the net is on the images it was trained on, after the last epoch.

    history: {"train_acc": [...], "test_acc": [...]}, one accuracy in 0..1 per epoch
    returns: training accuracy minus test accuracy of the last epoch; positive when the net overfits
    """
    return float(history["train_acc"][-1]) - float(history["test_acc"][-1])


def combined_aug() -> Callable[..., Tensor]:
    """13.1.2 Several random augmentations one after the other.

    returns: a callable from an RGB PIL image of 32×32 pixels to a float tensor (3, 32, 32) in 0..1

    Use at least three different random operations, at least one of them geometric (mirror, shift, crop,
    rotation …) and at least one of colour (brightness, contrast, saturation …). In the data set it is meant
    for, up and down belong to the label: never turn the image upside down. The draws differ from
    call to call, and the global random numbers decide them, so that a seed repeats them.
    """
    return v2.Compose(
        [
            v2.RandomHorizontalFlip(p=0.5),
            v2.RandomAffine(degrees=10, translate=(0.1, 0.1), scale=(0.9, 1.1)),
            v2.ColorJitter(brightness=0.3, contrast=0.3, saturation=0.3),
            no_aug(),
        ]
    )


def augmentation_catalogue() -> dict[str, Callable]:
    """13.1.3 What else the framework offers: at least ten different augmentations, ready to use.

    returns: name → callable (an instance, not a class). Each takes an RGB PIL image of 128 rows × 160
             columns and returns an image: PIL, or a tensor (3, h, w), float or uint8. The size may change.

    They should come from at least three of these families, which are told by what happens to the
    picture: crop and resize; flip, rotation and other geometry; colour; erasing, noise and blur; automatic
    policies (which do several of these). Give random ones a probability of at least 0.5, so that
    their effect can be seen.
    """
    size = (96, 96)
    return {
        "random crop": v2.RandomCrop(size),
        "random resized crop": v2.RandomResizedCrop(size, scale=(0.3, 1.0)),
        "horizontal flip": v2.RandomHorizontalFlip(p=0.5),
        "vertical flip": v2.RandomVerticalFlip(p=0.5),
        "rotation": v2.RandomRotation(degrees=30),
        "affine": v2.RandomAffine(degrees=10, translate=(0.1, 0.1), scale=(0.8, 1.2), shear=10),
        "perspective": v2.RandomPerspective(p=0.5),
        "colour jitter": v2.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1),
        "grayscale": v2.RandomGrayscale(p=0.5),
        "invert": v2.RandomInvert(p=0.5),
        "solarize": v2.RandomSolarize(threshold=128, p=0.5),
        "equalize": v2.RandomEqualize(p=0.5),
        "blur": v2.GaussianBlur(kernel_size=5),
        "erasing": v2.Compose([no_aug(), v2.RandomErasing(p=0.5)]),
        "noise": v2.Compose([no_aug(), v2.GaussianNoise(sigma=0.1)]),
        "RandAugment": v2.RandAugment(),
        "TrivialAugment": v2.TrivialAugmentWide(),
    }


answer_13_1_1 = """
Yes, as far as it goes: without augmentation the training accuracy is close to 1 while the test accuracy stays
behind; with random flips the training accuracy falls a little, the test accuracy rises, and the gap between
them shrinks. The net can no longer memorise each picture as it is, so augmentation acts as a regulariser
and reduces overfitting. One pair of runs is weak evidence, though: initial weights and the order of the
batches change the result from run to run, and a difference of the size of that noise proves nothing. So
repeat with several random seeds, report mean and spread, and keep everything else (net, epochs, learning
rate, test set without augmentation) equal. The size of the gain belongs to this data set and
these augmentations.

支持，但有条件：不用增广时，训练精度接近 1，而测试精度明显落后；使用随机翻转后，训练精度略降，测试精度上升，
两者之间的差距变小。网络无法再死记每一张图像，所以增广起到正则化的作用，减轻过拟合。
不过只比较一对运行，证据很弱：初始权重和批量的次序是随机的，每次运行结果都有波动，与这种波动同样大小的差别说明不了问题。
应当换几个随机种子重复多次，报告均值和标准差，并让其余条件（网络、轮数、学习率、不做增广的测试集）保持一致。
Source: Shorten, Khoshgoftaar, A survey on Image Data Augmentation for Deep Learning (2019);
Bouthillier et al., Accounting for Variance in Machine Learning Benchmarks (2021).
"""
