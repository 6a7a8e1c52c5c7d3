"""13.12 Neural style transfer.

The image itself is what is trained: its features in a fixed net should resemble those of the content image in some
layers, and in others have the same correlations between channels as those of the style image.
"""

from collections.abc import Sequence
import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn


MEAN = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)


STD = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)


def preprocess(image: Image.Image, image_shape: tuple[int, int]) -> Tensor:
    """13.12.1 From a picture to the input of a net pretrained on ImageNet.

    image: RGB PIL image of any size
    image_shape: (height, width) to resize it to, bilinearly; a picture of this size keeps its pixels
    returns: (1, 3, height, width), float: pixel values in 0..1, minus MEAN and divided by STD channel by channel
    """
    raise NotImplementedError


def postprocess(X: Tensor) -> Image.Image:
    """13.12.1 From a normalised image back to a picture: the inverse of `preprocess`, up to the size.

    X: (1, 3, height, width), as `preprocess` gives it or as an optimisation has left it
    returns: RGB PIL image of that size; values that leave 0..1 are clamped, not wrapped around
    """
    raise NotImplementedError


def extract_features(
    X: Tensor, net: nn.Sequential, content_layers: Sequence[int], style_layers: Sequence[int]
) -> tuple[list[Tensor], list[Tensor]]:
    """13.12.1 The outputs of some layers of a net.

    X: (1, 3, H, W)
    net: a sequence of layers, each of which is applied to the output of the one before
    content_layers, style_layers: indices of layers, ascending; an index may be in both
    returns: (contents, styles): the outputs of the content layers and of the style layers, in the order of the
             indices. One pass gives both: no layer runs twice. Gradients flow back to X.
    """
    raise NotImplementedError


def content_loss(Y_hat: Tensor, Y: Tensor) -> Tensor:
    """13.12.1 Mean squared difference between two features.

    Y_hat, Y: features of the same shape, of the generated image and of the content image
    returns: scalar. Y is the target: it is treated as a constant, no gradient flows into it.
    """
    raise NotImplementedError


def gram(X: Tensor) -> Tensor:
    """13.12.1 Correlations between the channels of a feature: what is kept of a style.

    X: (1, c, h, w)
    returns: (c, c): the inner product of each pair of channels over the n = h·w pixels, divided by c·n
    """
    raise NotImplementedError


def style_loss(Y_hat: Tensor, gram_Y: Tensor) -> Tensor:
    """13.12.1 Mean squared difference between two Gram matrices.

    Y_hat: (1, c, h, w) feature of the generated image
    gram_Y: (c, c) Gram matrix of the style image's feature, already computed
    returns: scalar. gram_Y is the target: it is treated as a constant, no gradient flows into it.
    """
    raise NotImplementedError


def tv_loss(Y_hat: Tensor) -> Tensor:
    """13.12.1 Total variation: how noisy an image is.

    Y_hat: (1, 3, H, W)
    returns: scalar: ½ · (mean absolute difference of vertical neighbours + that of horizontal neighbours). The
             last row has no neighbour below, the last column none to its right: nothing wraps around.
    """
    raise NotImplementedError


def compute_loss(
    X: Tensor,
    contents_hat: Sequence[Tensor],
    styles_hat: Sequence[Tensor],
    contents: Sequence[Tensor],
    styles_gram: Sequence[Tensor],
    weights: tuple[float, float, float],
) -> tuple[list[Tensor], list[Tensor], Tensor, Tensor]:
    """13.12.2 The weighted losses of a generated image, and their sum.

    X: (1, 3, H, W) the generated image
    contents_hat, styles_hat: its features in the content and in the style layers
    contents: the content image's features; styles_gram: the Gram matrices of the style image's features
    weights: (content weight, style weight, total variation weight)
    returns: (contents_l, styles_l, tv_l, l): the weighted content loss of each content layer, the weighted
             style loss of each style layer, the weighted total variation, and the total: the sum of them all

    Common mistake: mixing up which weight keeps the content and which removes the noise; look at what each loss
    penalises. And in code, 10 * styles_l does not weight a list: it repeats it ten times.
    """
    raise NotImplementedError


def stylise(
    content: Tensor,
    style: Tensor,
    net: nn.Sequential,
    *,
    content_layers: Sequence[int],
    style_layers: Sequence[int],
    weights: tuple[float, float, float] = (1.0, 1e3, 10.0),
    steps: int = 50,
    lr: float = 0.05,
) -> Tensor:
    """13.12.3 Paint the content image in the style of the style image.

    content, style: (3, H, W) and (3, H', W'), float in 0..1; the sizes may differ
    net: the layers, on the device of the images; its parameters stay as they are
    content_layers, style_layers: indices of layers (see `extract_features`)
    weights: of the content, style and total variation losses (see `compute_loss`)
    steps: number of steps of an optimiser such as Adam
    lr: its learning rate, which may fall on the way, in units of the normalised image, (pixels − MEAN) / STD,
        which is what the net sees and what is optimised
    returns: (3, H, W), float in 0..1, of the content's size, without gradient

    It starts from the content image; what is optimised is the image. In the end its total loss is clearly lower than the
    content image's and the style image's own. The same seed of torch's generator gives the same image again.
    """
    raise NotImplementedError


answer_13_12_2 = """
"""


answer_13_12_4 = """
"""
