"""Along the book: Compose, the image as a module's parameter, StepLR; net and weights are handed through."""

import torch
import torchvision
from torch import nn

mean = torch.tensor([0.485, 0.456, 0.406])
std = torch.tensor([0.229, 0.224, 0.225])
normalise = torchvision.transforms.Normalize(mean, std)


def preprocess(img, image_shape):
    steps = [torchvision.transforms.Resize(image_shape), torchvision.transforms.ToTensor(), normalise]
    return torchvision.transforms.Compose(steps)(img)[None]


def to_colours(X):
    """(1, 3, H, W) normalised → (3, H, W) in 0..1."""
    channels_last = X.detach()[0].movedim(0, 2)
    return (channels_last * std + mean).clamp(0, 1).movedim(2, 0)


def postprocess(img):
    return torchvision.transforms.ToPILImage()(to_colours(img))


def extract_features(X, net, content_layers, style_layers):
    outputs = {}
    wanted = {*content_layers, *style_layers}
    for number in range(len(net)):
        X = net[number](X)
        if number in wanted:
            outputs[number] = X
    return [outputs[number] for number in content_layers], [outputs[number] for number in style_layers]


def content_loss(Y_hat, Y):
    return nn.functional.mse_loss(Y_hat, Y.detach())


def gram(X):
    rows = X.flatten(2).squeeze(0)  # (channels, pixels)
    return rows.mm(rows.t()) / (rows.shape[0] * rows.shape[1])


def style_loss(Y_hat, gram_Y):
    return nn.functional.mse_loss(gram(Y_hat), gram_Y.detach())


def tv_loss(Y_hat):
    steps = [Y_hat.diff(dim=axis).abs().mean() for axis in (2, 3)]
    return sum(steps) / 2


def compute_loss(X, contents_Y_hat, styles_Y_hat, contents_Y, styles_Y_gram, weights=(1, 1e3, 10)):
    parts = []
    for weight, loss, now, wanted in zip(
        weights, (content_loss, style_loss), (contents_Y_hat, styles_Y_hat), (contents_Y, styles_Y_gram)
    ):
        parts.append([loss(*pair) * weight for pair in zip(now, wanted)])
    noise = weights[2] * tv_loss(X)
    return *parts, noise, noise + sum(map(sum, parts))


class Canvas(nn.Module):
    def __init__(self, start):
        super().__init__()
        self.weight = nn.Parameter(start.clone())

    def forward(self):
        return self.weight


def stylise(content, style, net, content_layers, style_layers, weights=(1, 1e3, 10), steps=500, lr=0.3):
    start, layers = normalise(content)[None], (net, content_layers, style_layers)
    of_content = extract_features(start, *layers)[0]
    of_style = [gram(Y) for Y in extract_features(normalise(style)[None], *layers)[1]]
    canvas = Canvas(start)
    adam = torch.optim.Adam(canvas.parameters(), lr)
    falling = torch.optim.lr_scheduler.StepLR(adam, 50, 0.8)
    for _ in range(steps):
        X = canvas()
        total = compute_loss(X, *extract_features(X, *layers), of_content, of_style, weights)[-1]
        adam.zero_grad()
        total.backward(retain_graph=True)
        adam.step()
        falling.step()
    return to_colours(canvas())
