"""13.13 Image classification (CIFAR-10) on Kaggle.

The competition's folder holds `trainLabels.csv` (id,label), `train/1.png`, `train/2.png` … and `test/1.png` …
"""

from collections.abc import Callable, Sequence
import torch
from torch import nn
from torch.nn import functional as F


MEAN = (0.4914, 0.4822, 0.4465)


STD = (0.2023, 0.1994, 0.2010)


def read_csv_labels(fname) -> dict[str, str]:
    """13.13.1 Read the file that says what each training image shows.

    fname: path of a CSV file: one header line, then lines `id,label`, e.g. `1,frog`
    returns: dict image id → label, both text; the header line is not part of it
    """
    raise NotImplementedError


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
    raise NotImplementedError


def reorg_test(data_dir) -> None:
    """13.13.1 Copy the test images to where an image-folder data set reads them.

    data_dir: the competition's folder; the images are `data_dir/test/<id>.png`

    Image-folder data sets want one folder per class. The class of a test image is unknown, so all of them go
    to `data_dir/train_valid_test/test/unknown/`. The originals stay.
    """
    raise NotImplementedError


def transforms_train() -> Callable:
    """13.13.1 The random transform for training images.

    returns: a callable, PIL image 32×32 → float tensor (3, 32, 32); each call draws anew: enlarge to 40×40,
        cut a random square of 64 % to 100 % of the area, resize it to 32×32, mirror left-right with
        probability 1/2, bring the pixels to 0..1 and normalise each channel with MEAN and STD

    Other augmentations that keep the label may be added; a picture must not be turned upside down.
    """
    raise NotImplementedError


def transforms_test() -> Callable:
    """13.13.1 The transform for validation and test images: nothing random.

    returns: a callable, PIL image H×W → float tensor (3, H, W): pixels in 0..1, then (x − MEAN) / STD per
        channel
    """
    raise NotImplementedError


def get_net() -> nn.Module:
    """13.13.1 A fresh, randomly initialised network for CIFAR-10; ResNet-18 is a good choice.

    returns: nn.Module, images (N, 3, 32, 32) → scores (N, 10). Raw scores: no softmax at the end, because
        the cross-entropy loss contains it. Every parameter is trainable, and every call returns a new
        network.
    """
    raise NotImplementedError


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
    raise NotImplementedError


def write_submission(preds: Sequence[int], classes: Sequence[str], path) -> None:
    """13.13.1 Write the file that Kaggle scores.

    preds: n predicted class indices, in the order in which the test loader read the images
    classes: class names; index k stands for classes[k]
    path: the CSV file to write: header `id,label`, then one line per test image, e.g. `1,frog`

    The test images are 1.png … n.png. An image-folder data set reads files in the order of their names as
    text: 1, 10, 11, …, 2, 20, … Every id must get the prediction of its own image.
    """
    raise NotImplementedError


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
    raise NotImplementedError


answer_13_13_2 = """
"""
