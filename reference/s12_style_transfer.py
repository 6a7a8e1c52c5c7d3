"""13.12 Neural style transfer.

The image itself is what is trained: its features in a fixed net should resemble those of the content image in some
layers, and in others have the same correlations between channels as those of the style image.
"""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

MEAN = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)  # of ImageNet's pixels, red, green, blue
STD = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)


def preprocess(image: Image.Image, image_shape: tuple[int, int]) -> Tensor:
    """13.12.1 From a picture to the input of a net pretrained on ImageNet.

    image: RGB PIL image of any size
    image_shape: (height, width) to resize it to, bilinearly; a picture of this size keeps its pixels
    returns: (1, 3, height, width), float: pixel values in 0..1, minus MEAN and divided by STD channel by channel
    """
    height, width = image_shape
    resized = np.array(image.resize((width, height), Image.Resampling.BILINEAR))  # (height, width, 3)
    pixels = torch.from_numpy(resized).permute(2, 0, 1) / 255
    return ((pixels - MEAN) / STD).unsqueeze(0)


def postprocess(X: Tensor) -> Image.Image:
    """13.12.1 From a normalised image back to a picture: the inverse of `preprocess`, up to the size.

    X: (1, 3, height, width), as `preprocess` gives it or as an optimisation has left it
    returns: RGB PIL image of that size; values that leave 0..1 are clamped, not wrapped around
    """
    pixels = (X[0].cpu() * STD + MEAN).clamp(0, 1)
    return Image.fromarray((pixels * 255).round().byte().permute(1, 2, 0).numpy())


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
    contents, styles = [], []
    for i, layer in enumerate(net):
        X = layer(X)
        if i in content_layers:
            contents.append(X)
        if i in style_layers:
            styles.append(X)
    return contents, styles


def content_loss(Y_hat: Tensor, Y: Tensor) -> Tensor:
    """13.12.1 Mean squared difference between two features.

    Y_hat, Y: features of the same shape, of the generated image and of the content image
    returns: scalar. Y is the target: it is treated as a constant, no gradient flows into it.
    """
    return (Y_hat - Y.detach()).square().mean()


def gram(X: Tensor) -> Tensor:
    """13.12.1 Correlations between the channels of a feature: what is kept of a style.

    X: (1, c, h, w)
    returns: (c, c): the inner product of each pair of channels over the n = h·w pixels, divided by c·n
    """
    channels = X.shape[1]
    flat = X.reshape(channels, -1)  # (c, n)
    return flat @ flat.T / flat.numel()


def style_loss(Y_hat: Tensor, gram_Y: Tensor) -> Tensor:
    """13.12.1 Mean squared difference between two Gram matrices.

    Y_hat: (1, c, h, w) feature of the generated image
    gram_Y: (c, c) Gram matrix of the style image's feature, already computed
    returns: scalar. gram_Y is the target: it is treated as a constant, no gradient flows into it.
    """
    return (gram(Y_hat) - gram_Y.detach()).square().mean()


def tv_loss(Y_hat: Tensor) -> Tensor:
    """13.12.1 Total variation: how noisy an image is.

    Y_hat: (1, 3, H, W)
    returns: scalar: ½ · (mean absolute difference of vertical neighbours + that of horizontal neighbours). The
             last row has no neighbour below, the last column none to its right: nothing wraps around.
    """
    vertical = (Y_hat[..., 1:, :] - Y_hat[..., :-1, :]).abs().mean()
    horizontal = (Y_hat[..., 1:] - Y_hat[..., :-1]).abs().mean()
    return 0.5 * (vertical + horizontal)


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
    content_weight, style_weight, tv_weight = weights
    contents_l = [
        content_weight * content_loss(Y_hat, Y) for Y_hat, Y in zip(contents_hat, contents, strict=True)
    ]
    styles_l = [style_weight * style_loss(Y_hat, Y) for Y_hat, Y in zip(styles_hat, styles_gram, strict=True)]
    tv_l = tv_weight * tv_loss(X)
    return contents_l, styles_l, tv_l, sum([*contents_l, *styles_l, tv_l])


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
    mean, std = MEAN.to(content.device), STD.to(content.device)
    content_X, style_X = ((image.unsqueeze(0) - mean) / std for image in (content, style))
    with torch.no_grad():
        contents, _ = extract_features(content_X, net, content_layers, style_layers)
        styles_gram = [gram(Y) for Y in extract_features(style_X, net, content_layers, style_layers)[1]]
    X = content_X.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([X], lr)
    for _ in range(steps):
        contents_hat, styles_hat = extract_features(X, net, content_layers, style_layers)
        loss = compute_loss(X, contents_hat, styles_hat, contents, styles_gram, weights)[-1]
        (X.grad,) = torch.autograd.grad(loss, [X])  # of X alone: the net's parameters get none
        optimizer.step()
    return (X.detach()[0] * std + mean).clamp(0, 1)


answer_13_12_2 = """
The weights are a trade-off. To keep more of the content, raise the content weight, or lower the style weight: the image
stays closer to the content image and takes on less of the style. A larger style weight does the opposite. To get
less noise, raise the total variation weight: it penalises differences between neighbouring pixels. If it is
too large, fine detail and texture are smoothed away too.

三个权重之间需要权衡。要保留更多内容，就增大内容损失的权重，或减小风格损失的权重：图像更接近内容图像，风格也更淡；
增大风格权重则相反。
要减少噪点，就增大全变分损失的权重，它惩罚相邻像素之间的差别；若过大，细节和纹理也会被抹平。
Source: Gatys, Ecker, Bethge, Image Style Transfer Using Convolutional Neural Networks (2016); Mahendran, Vedaldi,
Understanding Deep Image Representations by Inverting Them (2015), on total variation.
"""

answer_13_12_4 = """
Yes. Text has a content (what is said) and attributes such as formality, sentiment or an author's voice, so a text
can be rewritten to keep the content and change the attribute. What does not carry over is the procedure: words are
discrete tokens, not pixels, so the input cannot be improved by small gradient steps, and there are hardly any
pairs of texts that differ in style only. One method is delete, retrieve, generate: remove the words that mark
the old style, fetch some of the new style, and let a decoder write the sentence. Others train an encoder and
decoder with a classifier or back-translation, or prompt a large language model. It is judged by three
measures: how often a classifier sees the new style, how much content is kept (BLEU, similarity of
embeddings), and fluency (perplexity), and by people.

可以。文本有内容（说了什么），也有正式程度、情感、作者口吻等属性，因此可以改写文本，保留内容而改变属性。
不能照搬的是做法：词是离散的符号，不是像素，不能用微小的梯度步来修改输入，而且几乎没有只在风格上不同的成对文本。
一种方法是“删除、检索、生成”：删去体现原风格的词，检索新风格的词，再由解码器生成句子；
也可以训练带分类器或回译的编码器－解码器，或者用提示驱动大语言模型。
评价看三个方面：分类器判为新风格的比例、内容的保留程度（BLEU、向量相似度）和通顺程度（困惑度），再加上人工评价。
Source: Li, Jia, He, Liang, Delete, Retrieve, Generate (2018); Jin et al., Deep Learning for Text Style Transfer: A
Survey (2022).
"""
