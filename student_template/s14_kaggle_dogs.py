"""13.14 Dog breed identification (ImageNet Dogs) on Kaggle.

A network pretrained on ImageNet stays as it is; only a small head on top of it is trained.
"""

from collections.abc import Mapping, Sequence
import torch
from torch import Tensor, nn
from torch.nn import functional as F


def get_net(
    features: nn.Module | None = None,
    num_classes: int = 120,
    *,
    arch: str = "resnet34",
    weights: str | None = None,
) -> nn.Module:
    """13.14.1, 13.14.2 A frozen pretrained network with a new, trainable head.

    features: nn.Module, images (N, 3, H, W) of any size → (N, D); D = 1000 scores for a network trained on
        ImageNet (other widths D earn a bonus). Its weights are kept, but none of its parameters requires
        gradients any more
    num_classes: number of breeds
    arch: (13.14.2) where features is None: the torchvision model to take instead, by its name, e.g.
        "resnet50"
    weights: (13.14.2) that model's weights, e.g. "DEFAULT" for the pretrained ones, which are downloaded
        once; None: random weights without a download, good enough for a trial run only
    returns: nn.Module, images → scores (N, num_classes), no softmax at the end. The head is new: linear to
        256, ReLU, linear to num_classes. All of its parameters require gradients, and it is the same for
        every arch
    """
    raise NotImplementedError


def evaluate_loss(data_iter, net: nn.Module, device) -> float:
    """13.14.1 Mean cross entropy over all examples.

    data_iter: batches of (images, labels (N,)); the last batch may be smaller, every example counts alike
    net: images → scores (N, classes)
    device: where to compute, e.g. torch.device("cpu")
    returns: a number

    The net is measured in evaluation mode (no dropout, BatchNorm with its stored statistics), without
    gradients. Afterwards it is in the mode it was in before.
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
    """13.14.1 Train the trainable parameters of `net` in place, with a learning rate that falls in steps.

    net: images → scores (N, classes); parameters that don't require gradients (the pretrained part) never
        change
    train_iter: iterable with a length, batches of (images, labels (N,))
    valid_iter: the same for validation, or None. It only measures: the net learns nothing from it
    num_epochs: passes over train_iter
    lr, wd: learning rate and weight decay of SGD with momentum 0.9; the loss is the cross entropy
    device: where to train, e.g. torch.device("cpu")
    lr_period, lr_decay: after every lr_period epochs the learning rate is multiplied by lr_decay
    returns: {"train_loss": …, "valid_loss": …}, each a list with one number per epoch: mean loss over the
        training examples during the epoch, `evaluate_loss` on valid_iter after it (an empty list if
        valid_iter is None)
    """
    raise NotImplementedError


def predict_proba(net: nn.Module, loader) -> Tensor:
    """13.14.1 Class probabilities of every image.

    net: images → scores (N, classes)
    loader: batches of (images, anything): the second part is a placeholder on a test set and is not used
    returns: (n, classes) float tensor on the CPU, one row per image in the loader's order; every row
        sums to 1

    The net predicts in evaluation mode, without gradients. Afterwards it is in the mode it was in before.

    Common mistake: a softmax over dim 0. It compares the images of a batch with each other, so that columns
    sum to 1 instead of rows, and the result depends on which images happen to share a batch.
    """
    raise NotImplementedError


def write_submission(probs: Tensor, classes: Sequence[str], path, test_dir) -> None:
    """13.14.1 Write the file that Kaggle scores.

    probs: (n, classes) probabilities, one row per test image in the order in which the test loader read them
    classes: names of the breeds, in the order of the columns of probs
    path: the CSV file to write: header `id,<first breed>,<second breed>,…`, then one line per image: its id,
        then its probabilities with at least 4 decimals
    test_dir: the folder of the n test images, `<id>.jpg`. An image-folder data set reads them in the order of
        their file names as text, whatever order the file system lists them in
    """
    raise NotImplementedError


def choose_backbone(results: Mapping[str, Mapping[str, float]]) -> str:
    """13.14.2 Which backbone to use for the final submission.

    results: backbone name → {"train_loss": …, "valid_loss": …}, the losses at the end of its run
    returns: the name with the lowest validation loss. The training loss has no say: a larger network can
        learn the training images by heart. A run whose validation loss is NaN has diverged and is never
        chosen
    raises: ValueError if no run has a validation loss
    """
    raise NotImplementedError


answer_13_14_2 = """
"""
