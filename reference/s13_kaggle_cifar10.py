"""13.13 Image classification (CIFAR-10) on Kaggle.

The competition's folder holds `trainLabels.csv` (id,label), `train/1.png`, `train/2.png` … and `test/1.png` …
"""

import csv
import math
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

MEAN = (0.4914, 0.4822, 0.4465)  # of CIFAR-10, per channel, for pixels in 0..1
STD = (0.2023, 0.1994, 0.2010)


def read_csv_labels(fname) -> dict[str, str]:
    """13.13.1 Read the file that says what each training image shows.

    fname: path of a CSV file: one header line, then lines `id,label`, e.g. `1,frog`
    returns: dict image id → label, both text; the header line is not part of it
    """
    with Path(fname).open(newline="") as file:
        _header, *rows = csv.reader(file)
    return {row[0]: row[1] for row in rows}


def _copy(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, folder)


def reorg_train_valid(data_dir, labels: dict[str, str], valid_ratio: float) -> int:
    """13.13.1 Split a validation set off the training images, in the layout that image-folder data sets read.

    data_dir: the competition's folder; the images are `data_dir/train/<id>.png`
    labels: image id → label, as from `read_csv_labels`
    valid_ratio: share of the rarest class that is held out, 0..1
    returns: k = max(1, floor(images of the rarest class · valid_ratio)), the validation images per class

    Copies every image to `data_dir/train_valid_test/train_valid/<label>/`, and besides to exactly one of
    `data_dir/train_valid_test/valid/<label>/` (k images of each class) and
    `data_dir/train_valid_test/train/<label>/` (all others). The originals stay.
    """
    data_dir = Path(data_dir)
    target = data_dir / "train_valid_test"
    rarest = min(Counter(labels.values()).values())
    valid_per_label = max(1, math.floor(rarest * valid_ratio))
    held_out: Counter[str] = Counter()
    for file in sorted((data_dir / "train").iterdir()):
        label = labels[file.stem]
        part = "valid" if held_out[label] < valid_per_label else "train"
        held_out[label] += part == "valid"
        _copy(file, target / "train_valid" / label)
        _copy(file, target / part / label)
    return valid_per_label


def reorg_test(data_dir) -> None:
    """13.13.1 Copy the test images to where an image-folder data set reads them.

    data_dir: the competition's folder; the images are `data_dir/test/<id>.png`

    Image-folder data sets want one folder per class. The class of a test image is unknown, so all of them go
    to `data_dir/train_valid_test/test/unknown/`. The originals stay.
    """
    for file in sorted((Path(data_dir) / "test").iterdir()):
        _copy(file, Path(data_dir) / "train_valid_test" / "test" / "unknown")


def transforms_train() -> Callable:
    """13.13.1 The random transform for training images.

    returns: a callable, PIL image 32×32 → float tensor (3, 32, 32); each call draws anew: enlarge to 40×40,
        cut a random square of 64 % to 100 % of the area, resize it to 32×32, mirror left-right with
        probability 1/2, bring the pixels to 0..1 and normalise each channel with MEAN and STD

    Other augmentations that keep the label may be added; a picture must not be turned upside down.
    """
    from torchvision import transforms

    return transforms.Compose(
        [
            transforms.Resize(40),
            transforms.RandomResizedCrop(32, scale=(0.64, 1.0), ratio=(1.0, 1.0)),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, STD),
        ]
    )


def transforms_test() -> Callable:
    """13.13.1 The transform for validation and test images: nothing random.

    returns: a callable, PIL image H×W → float tensor (3, H, W): pixels in 0..1, then (x − MEAN) / STD per
        channel
    """
    from torchvision import transforms

    return transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, STD)])


class _Residual(nn.Module):
    """Two 3×3 convolutions and a shortcut, which is a 1×1 convolution where the shape changes."""

    def __init__(self, cin: int, cout: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, padding=1)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(cout)
        self.shortcut = nn.Identity() if cin == cout else nn.Conv2d(cin, cout, 1, stride)

    def forward(self, X: Tensor) -> Tensor:
        Y = F.relu(self.bn1(self.conv1(X)))
        return F.relu(self.bn2(self.conv2(Y)) + self.shortcut(X))


def get_net() -> nn.Module:
    """13.13.1 A fresh, randomly initialised network for CIFAR-10; ResNet-18 is a good choice.

    returns: nn.Module, images (N, 3, 32, 32) → scores (N, 10). Raw scores: no softmax at the end, because
        the cross-entropy loss contains it. Every parameter is trainable, and every call returns a new
        network.
    """
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU()]
    for cin, cout, stride in ((64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)):
        layers += [_Residual(cin, cout, stride), _Residual(cout, cout, 1)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def _accuracy(net: nn.Module, data_iter, device) -> float:
    """Share of right predictions in evaluation mode."""
    net.eval()
    right = count = 0
    with torch.no_grad():
        for X, y in data_iter:
            right += int((net(X.to(device)).argmax(dim=1) == y.to(device)).sum())
            count += len(y)
    return right / count


def train(
    net: nn.Module,
    train_iter,
    valid_iter,
    num_epochs: int,
    lr: float,
    wd: float,
    device,
    lr_period: int,
    lr_decay: float,
) -> dict[str, list[float]]:
    """13.13.1 Train `net` in place, with a learning rate that falls in steps.

    net: images (N, 3, H, W) → scores (N, classes)
    train_iter: iterable with a length, batches of (images, labels (N,))
    valid_iter: the same for validation, or None. It only measures: the net learns nothing from it
    num_epochs: passes over train_iter
    lr, wd: learning rate and weight decay of SGD with momentum 0.9; the loss is the cross entropy
    device: where to train, e.g. torch.device("cpu")
    lr_period, lr_decay: after every lr_period epochs the learning rate is multiplied by lr_decay
    returns: {"train_loss": …, "train_acc": …, "valid_acc": …}, each a list with one number per epoch: mean
        loss and accuracy over the training examples during the epoch, accuracy on valid_iter after it (an
        empty list if valid_iter is None)
    raises: FloatingPointError as soon as the loss is not finite, with a message that says so and what to try:
        going on would waste the rest of the budget
    """
    net.to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, weight_decay=wd)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, lr_period, lr_decay)
    history: dict[str, list[float]] = {"train_loss": [], "train_acc": [], "valid_acc": []}
    for epoch in range(num_epochs):
        net.train()
        total = right = count = 0.0
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            scores = net(X)  # (N, classes)
            loss = F.cross_entropy(scores, y)
            if not loss.isfinite():
                raise FloatingPointError(
                    f"the loss is not finite (NaN or infinity) in epoch {epoch + 1}: lower lr={lr}"
                )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            right += int((scores.argmax(dim=1) == y).sum())
            count += len(y)
        scheduler.step()
        history["train_loss"].append(total / count)
        history["train_acc"].append(right / count)
        if valid_iter is not None:
            history["valid_acc"].append(_accuracy(net, valid_iter, device))
    return history


def write_submission(preds: Sequence[int], classes: Sequence[str], path) -> None:
    """13.13.1 Write the file that Kaggle scores.

    preds: n predicted class indices, in the order in which the test loader read the images
    classes: class names; index k stands for classes[k]
    path: the CSV file to write: header `id,label`, then one line per test image, e.g. `1,frog`

    The test images are 1.png … n.png. An image-folder data set reads files in the order of their names as
    text: 1, 10, 11, …, 2, 20, … Every id must get the prediction of its own image.
    """
    ids = sorted(str(i) for i in range(1, len(preds) + 1))
    with Path(path).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "label"])
        writer.writerows((id, classes[int(k)]) for id, k in zip(ids, preds, strict=True))


def train_without_aug(
    train_set,
    valid_set,
    net: nn.Module,
    num_epochs: int,
    lr: float,
    wd: float,
    device,
    lr_period: int,
    lr_decay: float,
    batch_size: int = 128,
) -> tuple[float, float]:
    """13.13.2 Train `net` in place without data augmentation and measure it on both sets.

    train_set, valid_set: sequences (a length and an index) of pairs (PIL image, class index); both pass
        through `transforms_test` only, and training shuffles the train_set in every epoch
    net: images (N, 3, H, W) → scores (N, classes)
    num_epochs, lr, wd, device, lr_period, lr_decay: as in `train`
    batch_size: images per step
    returns: (train_acc, valid_acc), the accuracies of the trained net on the two sets, in evaluation mode
    """
    transform = transforms_test()

    def batch(pairs: list) -> tuple[Tensor, Tensor]:
        images, labels = zip(*pairs, strict=True)
        return torch.stack([transform(image) for image in images]), torch.tensor(labels)

    train_iter = DataLoader(train_set, batch_size, shuffle=True, collate_fn=batch)
    train(net, train_iter, None, num_epochs, lr, wd, device, lr_period, lr_decay)
    train_acc, valid_acc = (
        _accuracy(net, DataLoader(part, batch_size, collate_fn=batch), device)
        for part in (train_set, valid_set)
    )
    return train_acc, valid_acc


answer_13_13_2 = """
Without augmentation the accuracy on new images is clearly lower, several points for a ResNet-18 on all of
CIFAR-10, while the accuracy on the training images rises faster and comes close to 100 %. So the gap between
training and validation accuracy grows: the net overfits, it learns the training pictures by heart. Random
crops and flips show it a new version of each picture in every epoch; they keep the label, act as a
regulariser and make the net insensitive to position and direction. The fair comparison holds everything else
equal (net, epochs, learning rates), measures both runs on the same validation images without augmentation,
and repeats seeds.

不使用数据增强时，新图像上的准确率明显下降（ResNet-18 在完整的 CIFAR-10 上会低几个百分点），而训练准确率上升得
更快，接近 100%。也就是说训练与验证准确率的差距变大：网络过拟合，把训练图像背了下来。随机裁剪和翻转让网络在每
个轮次看到同一图像的不同版本，标签不变，起到正则化的作用，也使网络对位置和朝向不敏感。公平的比较应保持其他条件
相同（网络、轮数、学习率），在同一个不做增强的验证集上测量，并换几个随机种子重复。
Source: Shorten, Khoshgoftaar, A Survey on Image Data Augmentation for Deep Learning (2019).
"""
