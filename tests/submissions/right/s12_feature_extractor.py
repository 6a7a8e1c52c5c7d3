"""torchvision's feature extractor, the Gram matrix as a covariance about zero, RMSprop with a cosine schedule."""

import torch
from torchvision.models.feature_extraction import create_feature_extractor
from torchvision.transforms import v2

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def preprocess(image, image_shape):
    steps = [v2.ToImage(), v2.Resize(list(image_shape), antialias=False), v2.ToDtype(torch.float32, scale=True)]
    return v2.Compose([*steps, v2.Normalize(MEAN, STD)])(image)[None]


def postprocess(X):
    x = X.cpu() * torch.tensor(STD)[:, None, None] + torch.tensor(MEAN)[:, None, None]
    x = torch.where(x < 0, torch.zeros_like(x), torch.where(x > 1, torch.ones_like(x), x))
    return v2.ToPILImage()(x[0])


def extract_features(X, net, content_layers, style_layers):
    wanted = {str(i): str(i) for i in sorted(set(content_layers) | set(style_layers))}
    found = create_feature_extractor(net, wanted)(X)
    return [found[str(i)] for i in content_layers], [found[str(i)] for i in style_layers]


def content_loss(Y_hat, Y):
    return (Y_hat - Y.data).pow(2).sum() / Y.numel()


def gram(X):
    flat = X.flatten(2)
    return torch.bmm(flat, flat.mT).squeeze(0) / flat.shape[1] / flat.shape[2]


def style_loss(Y_hat, gram_Y):
    return torch.linalg.matrix_norm(gram(Y_hat) - gram_Y.detach()).square() / gram_Y.numel()


def tv_loss(Y_hat):
    kernel = torch.tensor([[-1.0, 1.0]], dtype=Y_hat.dtype).expand(3, 1, 1, 2)
    right = torch.nn.functional.conv2d(Y_hat, kernel, groups=3)
    down = torch.nn.functional.conv2d(Y_hat, kernel.mT, groups=3)
    return (right.norm(1) / right.numel() + down.norm(1) / down.numel()) * 0.5


def compute_loss(X, contents_hat, styles_hat, contents, styles_gram, weights):
    content, style, tv = weights
    contents_l = tuple(content * content_loss(*pair) for pair in zip(contents_hat, contents))
    styles_l = tuple(style * style_loss(*pair) for pair in zip(styles_hat, styles_gram))
    tv_l = tv * tv_loss(X)
    return contents_l, styles_l, tv_l, torch.stack([*contents_l, *styles_l, tv_l]).sum()


def stylise(content, style, net, *, content_layers, style_layers, weights=(1.0, 1e3, 10.0), steps=50, lr=0.05):
    prepare = v2.Normalize(MEAN, STD)
    layers = (net, content_layers, style_layers)
    with torch.no_grad():
        contents = extract_features(prepare(content)[None], *layers)[0]
        targets = [gram(f) for f in extract_features(prepare(style)[None], *layers)[1]]
    X = prepare(content)[None].detach().clone().requires_grad_()
    optimizer = torch.optim.RMSprop([X], lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1))
    for _ in range(steps):
        optimizer.zero_grad()
        compute_loss(X, *extract_features(X, *layers), contents, targets, weights)[3].backward()
        optimizer.step()
        schedule.step()
    std, mean = torch.tensor(STD)[:, None, None], torch.tensor(MEAN)[:, None, None]
    return (X[0] * std + mean).clamp(0, 1).detach()
