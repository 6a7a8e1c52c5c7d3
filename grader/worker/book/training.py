"""A training loop for classifiers and segmentation, and the small residual net of an earlier chapter."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from grader.worker.book.measuring import try_all_gpus


def accuracy(y_hat: Tensor, y: Tensor) -> float:
    """How many predictions are right (not the share): y_hat (n, classes) or (n,), y (n,)."""
    predicted = y_hat.argmax(dim=1) if y_hat.ndim > 1 and y_hat.shape[1] > 1 else y_hat
    return float((predicted.to(y.dtype) == y).sum())


def evaluate_accuracy_gpu(net: Any, data_iter: Iterable[Any], device: Any = None) -> float:
    """The share of right predictions over a data loader, in eval mode, which it leaves on like the book's."""
    if isinstance(net, nn.Module):
        net.eval()
        device = device or getattr(next(net.parameters(), None), "device", None)
    with torch.no_grad():
        counts = [(accuracy(net(_moved(X, device)), y.to(device)), y.numel()) for X, y in data_iter]
    right, total = float(sum(r for r, _ in counts)), int(sum(n for _, n in counts))
    return right / max(total, 1)


def evaluate_accuracy(net: Any, data_iter: Iterable[Any]) -> float:
    """`evaluate_accuracy_gpu` where the network is."""
    return evaluate_accuracy_gpu(net, data_iter)


def _moved(X: Any, device: Any) -> Any:
    return [x.to(device) for x in X] if isinstance(X, list) else X.to(device)


def train_batch_ch13(
    net: nn.Module, X: Any, y: Tensor, loss: Callable[..., Tensor], trainer: Any, devices: Sequence[Any]
) -> tuple[Tensor, float]:
    """One step on one batch; returns (sum of losses, number of right predictions)."""
    y = y.to(devices[0])
    net.train()
    scores = net(_moved(X, devices[0]))
    total = loss(scores, y).sum()
    trainer.zero_grad()
    total.backward()  # type: ignore[no-untyped-call]  # not annotated in torch
    trainer.step()
    return total, accuracy(scores, y)


def train_ch13(
    net: nn.Module,
    train_iter: Iterable[Any],
    test_iter: Iterable[Any],
    loss: Callable[..., Tensor],
    trainer: Any,
    num_epochs: int,
    devices: Sequence[Any] | None = None,
) -> None:
    """Train on the first device and print losses and accuracies. `loss` gives one number per example."""
    devices = devices or try_all_gpus()
    net.to(devices[0])
    for epoch in range(1, num_epochs + 1):
        loss_sum, right, images, labels = 0.0, 0.0, 0, 0
        for X, y in train_iter:
            batch_loss, batch_right = train_batch_ch13(net, X, y, loss, trainer, devices)
            loss_sum, right = loss_sum + float(batch_loss.detach()), right + batch_right
            images, labels = images + len(y), labels + y.numel()
        mean, share = loss_sum / max(images, 1), right / max(labels, 1)
        test = evaluate_accuracy_gpu(net, test_iter, devices[0])
        print(f"epoch {epoch}: loss {mean:.3f}, train acc {share:.3f}, test acc {test:.3f}")


class Residual(nn.Module):
    """Two 3×3 convolutions with batch normalisation around a shortcut, made to fit by `use_1x1conv`."""

    def __init__(
        self, input_channels: int, num_channels: int, use_1x1conv: bool = False, strides: int = 1
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(input_channels, num_channels, 3, stride=strides, padding=1)
        self.conv2 = nn.Conv2d(num_channels, num_channels, 3, padding=1)
        self.conv3 = nn.Conv2d(input_channels, num_channels, 1, stride=strides) if use_1x1conv else None
        self.bn1, self.bn2 = nn.BatchNorm2d(num_channels), nn.BatchNorm2d(num_channels)

    def forward(self, X: Tensor) -> Tensor:
        Y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(X)))))
        return functional.relu(Y + (self.conv3(X) if self.conv3 is not None else X))


def resnet18(num_classes: int, in_channels: int = 1) -> nn.Sequential:
    """The book's ResNet-18 for small images: a 3×3 stem without pooling, then four stages."""
    stem = (nn.Conv2d(in_channels, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU())
    parts: dict[str, nn.Module] = {str(i): layer for i, layer in enumerate(stem)}
    for i, (before, after) in enumerate(itertools.pairwise((64, 64, 128, 256, 512))):
        first = Residual(before, after, use_1x1conv=i > 0, strides=2 if i > 0 else 1)
        parts[f"resnet_block{i + 1}"] = nn.Sequential(first, Residual(after, after))
    parts["global_avg_pool"] = nn.AdaptiveAvgPool2d(1)
    parts["fc"] = nn.Sequential(nn.Flatten(), nn.Linear(512, num_classes))
    return nn.Sequential(collections.OrderedDict(parts))
