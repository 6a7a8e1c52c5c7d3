"""13.1 Image augmentation.

An augmentation is a callable from an image to a float tensor (3, H, W) in 0..1. It is called again for every
image in every epoch, so a random one shows the net a different picture each time.
"""

from collections.abc import Callable, Mapping, Sequence
import torch
from torch import Tensor, nn
from torch.nn import functional as F


def no_aug() -> Callable[..., Tensor]:
    """13.1.1 No augmentation: what the test images go through, and the training images of the baseline.

    returns: a callable from an RGB PIL image of H×W pixels to a float tensor (3, H, W), exactly value / 255.
             It is deterministic. Accepting a uint8 tensor (3, H, W) as well earns a bonus.
    """
    raise NotImplementedError


def flip_aug() -> Callable[..., Tensor]:
    """13.1.1 The image or its mirror image (left and right exchanged), each half of the time.

    returns: a callable from an RGB PIL image of H×W pixels to a float tensor (3, H, W) in 0..1.
             The choice is made anew in every call, with the global random numbers, so that a seed repeats it.
             Accepting a uint8 tensor (3, H, W) as well earns a bonus.
    """
    raise NotImplementedError


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
    raise NotImplementedError


def generalisation_gap(history: Mapping[str, Sequence[float]]) -> float:
    """13.1.1 How much better the net is on the images it was trained on, after the last epoch.

    history: {"train_acc": [...], "test_acc": [...]}, one accuracy in 0..1 per epoch
    returns: training accuracy minus test accuracy of the last epoch; positive when the net overfits
    """
    raise NotImplementedError


def combined_aug() -> Callable[..., Tensor]:
    """13.1.2 Several random augmentations one after the other.

    returns: a callable from an RGB PIL image of 32×32 pixels to a float tensor (3, 32, 32) in 0..1

    Use at least three different random operations, at least one of them geometric (mirror, shift, crop,
    rotation …) and at least one of colour (brightness, contrast, saturation …). In the data set it is meant
    for, up and down belong to the label: never turn the image upside down. The draws differ from
    call to call, and the global random numbers decide them, so that a seed repeats them.
    """
    raise NotImplementedError


def augmentation_catalogue() -> dict[str, Callable]:
    """13.1.3 What else the framework offers: at least ten different augmentations, ready to use.

    returns: name → callable (an instance, not a class). Each takes an RGB PIL image of 128 rows × 160
             columns and returns an image: PIL, or a tensor (3, h, w), float or uint8. The size may change.

    They should come from at least three of these families, which are told by what happens to the
    picture: crop and resize; flip, rotation and other geometry; colour; erasing, noise and blur; automatic
    policies (which do several of these). Give random ones a probability of at least 0.5, so that
    their effect can be seen.
    """
    raise NotImplementedError


answer_13_1_1 = """
"""
