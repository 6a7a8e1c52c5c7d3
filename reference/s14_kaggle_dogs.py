"""13.14 Dog breed identification (ImageNet Dogs) on Kaggle.

A network pretrained on ImageNet stays as it is; only a small head on top of it is trained.
"""

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def _output_width(features: nn.Module) -> int:
    """Numbers per image that `features` puts out, found by trying one black image."""
    was_training = features.training
    features.eval()
    with torch.no_grad():
        width = features(torch.zeros(1, 3, 64, 64)).shape[1]
    features.train(was_training)
    return width


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
    if features is None:
        import torchvision

        features = torchvision.models.get_model(arch, weights=weights)
    for parameter in features.parameters():
        parameter.requires_grad_(False)
    head = nn.Sequential(nn.Linear(_output_width(features), 256), nn.ReLU(), nn.Linear(256, num_classes))
    return nn.Sequential(features, head)


def evaluate_loss(data_iter, net: nn.Module, device) -> float:
    """13.14.1 Mean cross entropy over all examples.

    data_iter: batches of (images, labels (N,)); the last batch may be smaller, every example counts alike
    net: images → scores (N, classes)
    device: where to compute, e.g. torch.device("cpu")
    returns: a number

    The net is measured in evaluation mode (no dropout, BatchNorm with its stored statistics), without
    gradients. Afterwards it is in the mode it was in before.
    """
    was_training = net.training
    net.to(device).eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for X, y in data_iter:
            total += F.cross_entropy(net(X.to(device)), y.to(device), reduction="sum").item()
            count += len(y)
    net.train(was_training)
    return total / count


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
    net.to(device)
    trainable = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trainable, lr=lr, momentum=0.9, weight_decay=wd)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, lr_period, lr_decay)
    history: dict[str, list[float]] = {"train_loss": [], "valid_loss": []}
    for _ in range(num_epochs):
        net.train()
        total, count = 0.0, 0
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            loss = F.cross_entropy(net(X), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            count += len(y)
        scheduler.step()
        history["train_loss"].append(total / count)
        if valid_iter is not None:
            history["valid_loss"].append(evaluate_loss(valid_iter, net, device))
    return history


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
    was_training = net.training
    net.eval()
    device = next(net.parameters()).device
    with torch.no_grad():
        rows = [net(X.to(device)).softmax(dim=1).cpu() for X, _ in loader]  # each (N, classes)
    net.train(was_training)
    return torch.cat(rows)


def write_submission(probs: Tensor, classes: Sequence[str], path, test_dir) -> None:
    """13.14.1 Write the file that Kaggle scores.

    probs: (n, classes) probabilities, one row per test image in the order in which the test loader read them
    classes: names of the breeds, in the order of the columns of probs
    path: the CSV file to write: header `id,<first breed>,<second breed>,…`, then one line per image: its id,
        then its probabilities with at least 4 decimals
    test_dir: the folder of the n test images, `<id>.jpg`. An image-folder data set reads them in the order of
        their file names as text, whatever order the file system lists them in
    """
    ids = [file.stem for file in sorted(Path(test_dir).iterdir())]
    with Path(path).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", *classes])
        writer.writerows([id, *row.tolist()] for id, row in zip(ids, probs, strict=True))


def choose_backbone(results: Mapping[str, Mapping[str, float]]) -> str:
    """13.14.2 Which backbone to use for the final submission.

    results: backbone name → {"train_loss": …, "valid_loss": …}, the losses at the end of its run
    returns: the name with the lowest validation loss. The training loss has no say: a larger network can
        learn the training images by heart. A run whose validation loss is NaN has diverged and is never
        chosen
    raises: ValueError if no run has a validation loss
    """
    usable = {name: run["valid_loss"] for name, run in results.items() if not math.isnan(run["valid_loss"])}
    if not usable:
        raise ValueError("no run has a validation loss; wanted at least one that is not NaN")
    return min(usable, key=usable.__getitem__)


answer_13_14_2 = """
Usually yes: a deeper pretrained network (ResNet-50 or -101 instead of -34) lies higher on ImageNet, its
features separate breeds better, and the validation loss of the new head falls. The gain shrinks with depth,
and it costs time and memory. Depth alone guarantees nothing: with few images, or a badly tuned head, the
deeper net can be worse. So the choice and the hyperparameters (learning rate and its schedule, weight decay,
epochs, width of the head) are decided by the validation loss, tuned anew for each backbone at equal budget;
the training loss would reward overfitting. After the choice, train on training and validation images together
and submit.

通常会更好：更深的预训练网络（用 ResNet-50 或 101 代替 34）在 ImageNet 上更准确，特征更能区分品种，新输出层的
验证损失随之下降。但深度带来的收益递减，而且更费时间和显存。更深并不保证更好：图像很少或超参数没调好时，更深的
网络可能更差。因此骨干网络和超参数（学习率及其衰减、权重衰减、轮数、输出层宽度）都要根据验证损失来选择，每个骨
干在相同预算下分别调参；用训练损失来选会偏向过拟合的模型。选定之后，再用训练集和验证集的全部图像训练并提交。
Source: Kornblith, Shlens, Le, Do Better ImageNet Models Transfer Better? (2019).
"""
