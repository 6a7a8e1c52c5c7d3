"""Forward hooks, torch's own operators (mse_loss, einsum, diff, interpolate) and L-BFGS."""

import torch
import torch.nn.functional as F
import torchvision.transforms.functional as TF
from torch import nn

mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def preprocess(image, image_shape):
    x = TF.pil_to_tensor(image).unsqueeze(0) / 255.0
    x = F.interpolate(x, size=image_shape, mode="bilinear", align_corners=False, antialias=True)
    return TF.normalize(x, mean, std)


def postprocess(X):
    x = TF.normalize(X.squeeze(0), [-m / s for m, s in zip(mean, std)], [1 / s for s in std])
    return TF.to_pil_image(x.clip(0.0, 1.0))


def extract_features(X, net, content_layers, style_layers):
    seen, handles = {}, []
    for i in {*content_layers, *style_layers}:
        handles.append(net[i].register_forward_hook(lambda _, __, out, i=i: seen.update({i: out})))
    net(X)
    for handle in handles:
        handle.remove()
    return tuple(seen[i] for i in content_layers), tuple(seen[i] for i in style_layers)


def content_loss(Y_hat, Y):
    return F.mse_loss(Y_hat, Y.detach())


def gram(X):
    n, c, h, w = X.size()
    return torch.einsum("nchw,ndhw->cd", X, X).div(c * h * w)


def style_loss(Y_hat, gram_Y):
    with torch.no_grad():
        target = gram_Y.clone()
    return nn.MSELoss()(gram(Y_hat), target)


def tv_loss(Y_hat):
    return Y_hat.diff(dim=-2).abs().mean().add(Y_hat.diff(dim=-1).abs().mean()).div(2)


def compute_loss(X, contents_hat, styles_hat, contents, styles_gram, weights):
    contents_l = weights[0] * torch.stack([content_loss(a, b) for a, b in zip(contents_hat, contents)])
    styles_l = weights[1] * torch.stack([style_loss(a, b) for a, b in zip(styles_hat, styles_gram)])
    tv_l = weights[2] * tv_loss(X)
    return contents_l, styles_l, tv_l, contents_l.sum() + styles_l.sum() + tv_l


def stylise(content, style, net, *, content_layers, style_layers, weights=(1.0, 1e3, 10.0), steps=50, lr=0.05):
    net.requires_grad_(False)
    c, s = TF.normalize(content[None], mean, std), TF.normalize(style[None], mean, std)
    contents = [y.detach() for y in extract_features(c, net, content_layers, style_layers)[0]]
    grams = [gram(y).detach() for y in extract_features(s, net, content_layers, style_layers)[1]]
    X = nn.Parameter(c.clone())
    optimizer = torch.optim.LBFGS([X], lr=10 * lr, max_iter=2)

    def closure():
        optimizer.zero_grad()
        total = compute_loss(X, *extract_features(X, net, content_layers, style_layers), contents, grams, weights)[-1]
        total.backward()
        return total

    for _ in range(steps):
        optimizer.step(closure)
    m, d = torch.tensor(mean).view(3, 1, 1), torch.tensor(std).view(3, 1, 1)
    return (X.data.squeeze(0) * d + m).clamp(min=0, max=1)
