"""Beside the student's code in 13.12's training: a net with random filters, the losses, and the descent on a picture.

Random filters see edges and colours, too: what is compared needs no download. On the trusted side the same losses measure
what the student's code has painted. `tell` is the worker's: it reports how far a training is.
"""

import torch
from torch import nn
from torch.nn import functional as F

from grader.worker.watch import Diverged

MEAN = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)
WIDTHS = (16, 16, None, 32, 32, None, 32)  # None: halve the size
LOOKS = 6


def feature_net(seed, size="cpu"):
    """A net with random filters, always the same for a seed; at gpu size laid out like VGG-19."""
    layers, inputs = [], 3
    for width in WIDTHS if size == "cpu" else _vgg_widths():
        layers += [nn.AvgPool2d(2)] if width is None else [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU()]
        inputs = width or inputs
    net = nn.Sequential(*layers).requires_grad_(False).eval()
    _draw_filters(net, torch.Generator().manual_seed(seed))
    return net


def _draw_filters(net, generator):
    """Random filters, each of which gives cloudy pictures outputs of mean 0 and variance 1: every layer counts alike."""
    coarse = torch.randn(4, 3, 12, 12, generator=generator)
    X = F.interpolate(coarse, size=(48, 48), mode="bilinear") + 0.3 * torch.randn(
        4, 3, 48, 48, generator=generator
    )
    for layer in net:
        if isinstance(layer, nn.Conv2d):
            nn.init.orthogonal_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)
            Y = layer(X)
            spread = Y.std((0, 2, 3))
            layer.weight /= spread[:, None, None, None]
            layer.bias -= Y.mean((0, 2, 3)) / spread
        X = layer(X)


def _vgg_widths():
    blocks = [[64] * 2, [128] * 2, [256] * 4, [512] * 4, [512]]
    return [width for block in blocks for width in (*block, None)][:-1]


def layers_of(size):
    """(content layers, style layers); at gpu size the book's."""
    return ([8], [1, 3, 6, 8, 11]) if size == "cpu" else ([25], [0, 5, 10, 19, 28])


# -- the course's own losses


def normalised(image):
    """(3, H, W) in 0..1 → (1, 3, H, W), as the net sees it."""
    return ((image - MEAN) / STD)[None]


def features(X, net, layers):
    found = []
    for index, layer in enumerate(net[: max(layers) + 1]):
        X = layer(X)
        if index in layers:
            found.append(X)
    return found


def gram(X):
    flat = X.flatten(2)[0]
    return flat @ flat.T / flat.numel()


def measure(net, size, content, style, image, device="cpu"):
    """[content, style, total variation] of an image: how far it is from each, without weights; all (3, H, W) in 0..1."""
    content_layers, style_layers = layers_of(size)
    net.to(device)
    X, content, style = (normalised(each).to(device) for each in (image, content, style))
    with torch.no_grad():
        far = sum(_distances(features, X, content, net, content_layers))
        odd = sum(_distances(_grams, X, style, net, style_layers))
    noise = (X.diff(dim=2).abs().mean() + X.diff(dim=3).abs().mean()) / 2
    return [float(far), float(odd), float(noise)]


def _grams(X, net, layers):
    return [gram(f) for f in features(X, net, layers)]


def _distances(of, X, Y, net, layers):
    return [(a - b).square().mean() for a, b in zip(of(X, net, layers), of(Y, net, layers), strict=True)]


# -- painting with the student's


class ByParts:
    """The total loss of somebody's own parts.

    parts: (extract_features, content_loss, gram, style_loss, tv_loss)
    """

    def __init__(self, parts, net, size, content, style, weights, device):
        self.extract, self.content_loss, gram_of, self.style_loss, self.tv_loss = parts
        self.net, self.layers, self.weights = net.to(device), layers_of(size), weights
        content, style = normalised(content).to(device), normalised(style).to(device)
        with torch.no_grad():
            self.contents = self.extract(content, net, *self.layers)[0]
            self.grams = [gram_of(Y) for Y in self.extract(style, net, *self.layers)[1]]

    def __call__(self, X):
        contents, styles = self.extract(X, self.net, *self.layers)
        losses = (
            [self.content_loss(*pair) for pair in zip(contents, self.contents, strict=True)],
            [self.style_loss(*pair) for pair in zip(styles, self.grams, strict=True)],
            [self.tv_loss(X)],
        )
        return sum(weight * loss for weight, each in zip(self.weights, losses, strict=True) for loss in each)


class ByTotal:
    """The total of the student's `compute_loss`, on features and targets of the course's own."""

    def __init__(self, compute_loss, net, size, content, style, weights, device):
        self.compute_loss, self.net, self.layers, self.weights = (
            compute_loss,
            net.to(device),
            layers_of(size),
            weights,
        )
        with torch.no_grad():
            self.contents = features(normalised(content).to(device), net, self.layers[0])
            self.grams = _grams(normalised(style).to(device), net, self.layers[1])

    def __call__(self, X):
        contents, styles = (features(X, self.net, layers) for layers in self.layers)
        return self.compute_loss(X, contents, styles, self.contents, self.grams, self.weights)[-1]


def by_parts(*arguments):
    return ByParts(*arguments)


def by_total(*arguments):
    return ByTotal(*arguments)


def paint(loss, start, steps, lr, device):
    """Adam on the pixels of `start` (3, H, W). What it was like on the way: before, and after equal parts of the steps."""
    X = normalised(start).to(device).requires_grad_(True)
    optimizer = torch.optim.Adam([X], lr)
    looks = [_image(X)]
    for step in range(1, steps + 1):
        total = loss(X)
        if not bool(total.detach().isfinite()):
            raise Diverged(f"in step {step} the loss became {float(total)}")
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        if step % (steps // LOOKS) == 0:
            tell(step, steps)  # noqa: F821
            looks.append(_image(X))
    return looks


def _image(X):
    return (X.detach().cpu()[0] * STD + MEAN).clamp(0, 1)


def stylised(stylise, content, style, net, size, weights, steps, lr, device):
    """What the student's `stylise` makes of two pictures on a device; each pass through the net counts as a step."""
    content_layers, style_layers = layers_of(size)
    passes = []

    def count(layer, inputs):
        passes.append(1)
        if not bool(inputs[0].detach().isfinite().all()):
            raise Diverged(f"in step {len(passes)} the picture became NaN or infinite")
        tell(min(len(passes), steps), steps)  # noqa: F821

    hook = net.to(device)[0].register_forward_pre_hook(count)
    image = stylise(
        content.to(device), style.to(device), net,
        content_layers=content_layers, style_layers=style_layers, weights=weights, steps=steps, lr=lr,
    )  # fmt: skip
    hook.remove()
    return image.detach().cpu() if isinstance(image, torch.Tensor) else image
