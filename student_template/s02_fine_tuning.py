"""13.2 Fine-tuning.

A net that is fine-tuned consists of a trunk, pretrained on a large data set, and a head: its output layer, which
is new and starts at random. The head is a submodule with a name, "fc" as in ResNet unless another is given.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any
import torch
from torch import nn
from torch.nn import functional as F


def param_groups(net: nn.Module, lr: float, head: str = "fc") -> list[dict[str, Any]]:
    """13.2.1 The parameter groups of an optimiser: the head learns ten times faster than the trunk.

    net: a module whose output layer is the submodule named `head`; a name with dots, such as "classifier.1",
         names a submodule of a submodule. Only this module is the head: "block.fc" belongs to the trunk.
    lr: learning rate of the trunk
    returns: dicts with "params" (a list) and "lr", as torch.optim takes them. Every parameter of the net is in
             exactly one group: the trunk's with `lr`, the head's, weight and bias, with 10·lr. The
             groups set no weight decay, so the one given to the optimiser holds for all.
    """
    raise NotImplementedError


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
    raise NotImplementedError


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
    raise NotImplementedError


def freeze_trunk(net: nn.Module, head: str = "fc") -> nn.Module:
    """13.2.3 Freeze everything but the head, so that training changes the output layer only.

    net: a module whose output layer is the submodule named `head` (see `param_groups`)
    returns: the net. Only the head's parameters require gradients; the trunk's keep their values bit for bit
             through any steps of any optimiser, also of one that was made from all parameters before. What
             the net computes is unchanged.

    Batch normalisation has statistics beside its parameters; they move in training mode whether or
    not gradients are required. Keeping the trunk's where they are, also after net.train(), earns a bonus.
    """
    raise NotImplementedError


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
    raise NotImplementedError


answer_13_2_1 = """
"""


answer_13_2_2 = """
"""
