"""13.2 Fine-tuning.

A net that is fine-tuned consists of a trunk, pretrained on a large data set, and a head: its output layer, which
is new and starts at random. The head is a submodule with a name, "fc" as in ResNet unless another is given.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader


def _in_head(name: str, head: str) -> bool:
    """Whether a parameter or buffer of this name belongs to the head."""
    return name.startswith(head + ".")


def param_groups(net: nn.Module, lr: float, head: str = "fc") -> list[dict[str, Any]]:
    """13.2.1 The parameter groups of an optimiser: the head learns ten times faster than the trunk.

    net: a module whose output layer is the submodule named `head`; a name with dots, such as "classifier.1",
         names a submodule of a submodule. Only this module is the head: "block.fc" belongs to the trunk.
    lr: learning rate of the trunk
    returns: dicts with "params" (a list) and "lr", as torch.optim takes them. Every parameter of the net is in
             exactly one group: the trunk's with `lr`, the head's, weight and bias, with 10·lr. The
             groups set no weight decay, so the one given to the optimiser holds for all.
    """
    parameters = list(net.named_parameters())
    return [
        {"params": [p for name, p in parameters if not _in_head(name, head)], "lr": lr},
        {"params": [p for name, p in parameters if _in_head(name, head)], "lr": 10 * lr},
    ]


def _fit(
    net: nn.Module, train_set: Sequence, groups: list[dict], epochs: int, batch_size: int, device: Any
) -> None:
    """Train `net` in place: Adam with one cycle of each group's learning rate."""
    loader = DataLoader(train_set, batch_size, shuffle=True)
    optimizer = torch.optim.Adam(groups, weight_decay=1e-3)
    rates = [group["lr"] for group in groups]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=epochs * len(loader))
    net.train()
    for _ in range(epochs):
        for images, labels in loader:
            loss = F.cross_entropy(net(images.to(device)), labels.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


@torch.no_grad()
def _accuracy(net: nn.Module, data: Sequence, device: Any) -> float:
    """Share of `data` that `net` classifies correctly, in evaluation mode."""
    net.eval()
    right = 0
    for images, labels in DataLoader(data, batch_size=256):
        right += int((net(images.to(device)).argmax(1) == labels.to(device)).sum())
    return right / len(data)


def lr_sweep(
    make_net: Callable[[], nn.Module],
    train_set: Sequence,
    test_set: Sequence,
    lrs: Sequence[float],
    *,
    epochs: int = 5,
    batch_size: int = 32,
    head: str = "fc",
    device: str | torch.device = "cpu",
    seed: int = 0,
) -> dict[float, float]:
    """13.2.1 Fine-tune with one learning rate after the other and measure each.

    make_net: makes a fresh net, pretrained and with a new head; call it once for each rate and train that net
    train_set, test_set: sequences of (image, label), a float tensor (3, H, W) and an int
    lrs: learning rates of the trunk; the head learns at ten times the rate (`param_groups`)
    epochs, batch_size: what each net is trained for, with Adam
    seed: torch.manual_seed(seed) before each net is made, so that only the rate differs between the runs
    returns: {lr: accuracy on the test set in 0..1, measured in evaluation mode}
    """
    accuracies = {}
    for lr in lrs:
        torch.manual_seed(seed)
        net = make_net().to(device)
        _fit(net, train_set, param_groups(net, lr, head), epochs, batch_size, device)
        accuracies[lr] = _accuracy(net, test_set, device)
    return accuracies


Result = namedtuple("Result", ["name", "train_accuracy", "test_accuracy"])


def compare(
    configs: Sequence[dict[str, Any]],
    train_set: Sequence,
    test_set: Sequence,
    *,
    epochs: int = 5,
    batch_size: int = 32,
    head: str = "fc",
    device: str | torch.device = "cpu",
    seed: int = 0,
) -> list[Result]:
    """13.2.2 Train several configurations under equal conditions, for instance fine-tuned and from scratch.

    configs: dicts with "name" (str), "make_net" (makes a net, pretrained or not), "lr" (learning rate of the trunk)
             and "param_group" (bool: whether the head learns at 10·lr, otherwise at lr like the rest)
    train_set, test_set: sequences of (image, label), a float tensor (3, H, W) and an int; the same for all
    epochs, batch_size: the same budget for all, with Adam
    seed: torch.manual_seed(seed) before each net is made. So equal configurations give equal nets and results,
          whatever their order, and the same seed gives them again.
    returns: one Result (name, train_accuracy, test_accuracy) per configuration, in their order; accuracies in
             0..1, of the net after training, in evaluation mode

    Each net is the one that its own make_net gives, trained and not changed otherwise.
    """
    results = []
    for config in configs:
        torch.manual_seed(seed)
        net, lr = config["make_net"]().to(device), config["lr"]
        groups = (
            param_groups(net, lr, head) if config["param_group"] else [{"params": net.parameters(), "lr": lr}]
        )
        _fit(net, train_set, groups, epochs, batch_size, device)
        accuracies = _accuracy(net, train_set, device), _accuracy(net, test_set, device)
        results.append(Result(config["name"], *accuracies))
    return results


def _trunk_norms(net: nn.Module, head: str) -> Iterator[nn.Module]:
    """The trunk's layers of batch normalisation."""
    for name, module in net.named_modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and not _in_head(name + ".", head):
            yield module


def _stay_in_evaluation_mode(module: nn.Module, inputs: tuple) -> None:
    module.eval()


def freeze_trunk(net: nn.Module, head: str = "fc") -> nn.Module:
    """13.2.3 Freeze everything but the head, so that training changes the output layer only.

    net: a module whose output layer is the submodule named `head` (see `param_groups`)
    returns: the net. Only the head's parameters require gradients; the trunk's keep their values bit for bit
             through any steps of any optimiser, also of one that was made from all parameters before. What
             the net computes is unchanged.

    Batch normalisation has statistics beside its parameters; they move in training mode whether or
    not gradients are required. Keeping the trunk's where they are, also after net.train(), earns a bonus.
    """
    for name, parameter in net.named_parameters():
        parameter.requires_grad_(_in_head(name, head))
        parameter.grad = None  # an old gradient would still move it
    for module in _trunk_norms(net, head):
        module.register_forward_pre_hook(_stay_in_evaluation_mode)  # net.train() cannot undo a hook
    return net


@torch.no_grad()
def head_from_class(net: nn.Module, pretrained_head: nn.Linear, class_index: int, row: int = 0) -> nn.Module:
    """13.2.4 Start one output of the new head from a class the pretrained net knows already.

    ImageNet has the class "hotdog" (index 934), so its row of the pretrained output layer is a better start for
    the new net's hot-dog output than random numbers.

    net: a module whose output layer is `net.fc`, an nn.Linear (D, classes)
    pretrained_head: the output layer of the pretrained net, an nn.Linear (D, source classes) with bias
    class_index: the row of pretrained_head to copy
    row: the row of net.fc to copy it to
    returns: the net, in which that row of net.fc, its weight (D,) and its bias, has the values of the source row. All
             other rows keep their values. It is a copy on net.fc's device: training the one does not change
             the other, and net.fc can be trained as before.

    Common mistake: to cut the row out of the ImageNet layer and stop there. It has shape (1, D) and fits the
    new layer of (classes, D) in one row only; assigned to the whole weight, it overwrites every row and makes
    all classes equal. And a row of weights without its bias is only half of the class.
    """
    net.fc.weight[row] = pretrained_head.weight[class_index]  # (D,)
    net.fc.bias[row] = pretrained_head.bias[class_index]  # ()
    return net


answer_13_2_1 = """
Up to a point a larger rate only adapts the net faster. Beyond it the test accuracy falls, the training loss jumps
about, and in the end training diverges (the loss becomes very large or NaN) or the net answers with
one class. The reason: the pretrained weights already lie near a good solution, and large steps throw them out
of it; the features learned on the large data set are destroyed before the small one can replace them.
That is why the trunk gets a small rate, and only the new head, which starts at random, a larger one.

学习率在一定范围内增大，只是让网络适应得更快；再大，测试精度就会下降，训练损失来回振荡，最后发散（损失很大或变成 NaN），
或者网络只输出同一个类别。原因是：预训练的参数已经在较好的解附近，步长过大会使它们离开那里，
在大数据集上学到的特征被破坏，而小数据集不足以重新学到它们。所以主干用小学习率，只有随机初始化的输出层用较大的学习率。
Source: Li et al., Rethinking the Hyperparameters for Fine-tuning (2020); Goodfellow, Bengio, Courville, Deep
Learning (2016), section 8.3.
"""

answer_13_2_2 = """
Yes, they still differ, but less. With its own learning rate and more epochs the net trained from scratch catches up in
part; on a small data set the fine-tuned one stays ahead, and it gets there in far fewer epochs, because its
features come from a large data set. With much more data or much longer training the gap can nearly close.
Held equal: the training set and its augmentation, the test set, the architecture, the number of epochs, the
batch size, the optimiser and the seed. The learning rate is tuned for each of the two with the same number
of trials, on validation data; one rate for both would favour the one it happens to suit.

仍有差别，但变小了。给从头训练的网络选合适的学习率、训练更多轮，它能追上一部分；但在小数据集上，微调的精度仍然更高，
所需的轮数也少得多，因为它的特征来自大数据集。数据多得多或训练久得多时，差距可以几乎消失。
保持相同的有：训练集及其增广、测试集、网络结构、轮数、批量大小、优化器和随机种子。学习率则分别调整，
两者尝试的次数相同，并在验证集上选择；若两者共用一个学习率，会偏向它恰好适合的一方。
Source: He, Girshick, Dollár, Rethinking ImageNet Pre-training (2019); Kornblith, Shlens, Le, Do Better ImageNet
Models Transfer Better? (2019).
"""
