"""What 13.11 needs beside the student's code: tiny backbones, networks whose answer is known, data."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset


def _halvings(stride, width):
    """Convolutions that halve the size until `stride` is reached; knows its `out_channels` and `stride`."""
    layers, channels = [], 3
    while stride > 1:
        # Without bias: batch normalisation would take it away again, and its gradient would be 0.
        layers += [
            nn.Conv2d(channels, width, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.LeakyReLU(),
        ]
        channels, stride = width, stride // 2
    return layers


def backbone(stride, width, seed=0):
    torch.manual_seed(seed)
    net = nn.Sequential(*_halvings(stride, width))
    net.out_channels, net.stride = width, stride
    return net


class Enlarge(nn.Module):
    def __init__(self, stride):
        super().__init__()
        self.stride = stride

    def forward(self, scores):
        return F.interpolate(scores, scale_factor=self.stride, mode="bilinear", align_corners=False)


def plain_net(stride, num_classes, width=12, seed=0):
    """An untrained segmentation network; the enlargement is fixed."""
    torch.manual_seed(seed)
    layers = _halvings(stride, width)
    return nn.Sequential(*layers, nn.Conv2d(width, num_classes, 1), Enlarge(stride))


class Watched(nn.Module):
    """Passes its input on and notes how it was called."""

    def __init__(self):
        super().__init__()
        self.calls = []
        self.watching = True

    def forward(self, x):
        if self.watching:
            self.calls.append((list(x.shape), torch.is_grad_enabled(), self.training))
        return x


def settled_net(num_classes, stride=4, seed=0):
    """In train mode it answers otherwise than in evaluation mode, and it remembers its calls."""
    net = nn.Sequential(Watched(), *plain_net(stride, num_classes, seed=seed), nn.Dropout(0.3))
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.5)
            module.running_var.uniform_(0.3, 3)
    _balance(net)
    return net.train()


def _balance(net):
    """Shift and scale the scores so that every class wins somewhere in a picture of noise."""
    classify = next(m for m in reversed(list(net)) if isinstance(m, nn.Conv2d))
    net[0].watching = False
    scores = eval_scores(net, torch.rand(2, 3, 64, 64))
    net[0].watching = True
    mean, spread = scores.mean(dim=(0, 2, 3)), scores.std(dim=(0, 2, 3))
    with torch.no_grad():
        classify.weight /= spread.reshape(-1, 1, 1, 1)
        classify.bias.copy_((classify.bias - mean) / spread)


class Multiples(nn.Module):
    """Passes on images whose height and width are multiples of 32, as deep networks want them."""

    def forward(self, x):
        if x.shape[-2] % 32 or x.shape[-1] % 32:
            raise ValueError(f"this net takes height and width in multiples of 32, not {tuple(x.shape[-2:])}")
        return x


def colour_net(stride=4):
    """Scores are the mean red, green and blue of each cell of stride×stride pixels, enlarged."""
    return nn.Sequential(Multiples(), Watched(), nn.AvgPool2d(stride), Enlarge(stride))


def calls(net):
    """How the `Watched` layers in a network were called: (shape, gradients recorded, train mode)."""
    return [call for module in net.modules() if isinstance(module, Watched) for call in module.calls]


def eval_scores(net, images):
    """Scores in evaluation mode, one image at a time so that a batch is never needed."""
    net.eval()
    with torch.no_grad():
        return torch.cat([net(image[None]) for image in images])


def dataset(images, masks):
    return TensorDataset(images, masks)


class Learner(nn.Module):
    """A small segmentation network that notes the first value of every image it learns from."""

    def __init__(self, classes):
        super().__init__()
        self.conv, self.seen = nn.Conv2d(3, classes, 1), []

    def forward(self, x):
        if torch.is_grad_enabled():
            self.seen.extend(x.detach()[:, 0, 0, 0].tolist())
        return self.conv(x)


def learner(classes):
    return watch_gradients(Learner(classes))


def watch_gradients(net):
    """Let `net.left_over` hold the largest part of a gradient that a step had from earlier batches.

    A parameter is told its fresh gradient first and, after that was added to what it holds, the sum.
    """
    net.left_over = 0.0

    def watch(parameter):
        fresh = []

        def compare(accumulated):
            net.left_over = max(net.left_over, float((accumulated.grad - fresh.pop()).abs().max()))

        parameter.register_hook(lambda gradient: fresh.append(gradient.detach().clone()))
        parameter.register_post_accumulate_grad_hook(compare)

    for parameter in net.parameters():
        watch(parameter)
    return net


# -- stages for the network with skips


class Stage(nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.out_channels, self.stride = out_channels, stride
        self.conv = nn.Conv2d(in_channels, out_channels, stride + 1, stride=stride, padding=stride // 2)
        self.watch = Watched()

    def forward(self, x):
        return F.leaky_relu(self.conv(self.watch(x)))


def stages(widths, strides, seed=0):
    torch.manual_seed(seed)
    inputs = [3, *widths]
    return [Stage(i, o, s) for i, o, s in zip(inputs, widths, strides, strict=False)]


class Cut(nn.Module):
    """A stage whose output is its own parameter, whatever comes in: only its skip reaches the scores."""

    def __init__(self, channels, stride, height, width):
        super().__init__()
        self.out_channels, self.stride = channels, stride
        self.map = nn.Parameter(torch.zeros(1, channels, height, width))

    def forward(self, x):
        height, width = x.shape[2] // self.stride, x.shape[3] // self.stride
        own = self.map
        if own.shape[2:] != (height, width):  # a dry run to find out sizes
            own = F.interpolate(own, size=(height, width))
        return own.expand(len(x), -1, -1, -1)


def cut_stages(widths, strides, height, width):
    found = []
    for channels, stride in zip(widths, strides, strict=True):
        height, width = height // stride, width // stride
        found.append(Cut(channels, stride, height, width))
    return found


def randomise(net, seed=0):
    """Fill every parameter with random numbers: a layer that starts at zero shows its gradient only then."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return net


def set_maps(net, maps):
    """Write the outputs of the `Cut` stages of a network, in their order."""
    cuts = [module for module in net.modules() if isinstance(module, Cut)]
    with torch.no_grad():
        for cut, value in zip(cuts, maps, strict=True):
            cut.map.copy_(value)
    return len(cuts)
