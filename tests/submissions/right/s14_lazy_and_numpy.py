"""A lazy head with dropout, numpy inside, AdamW over all parameters, LambdaLR, rounded probabilities."""

import csv
from pathlib import Path

import numpy as np
import torch
from torch import nn


class Breeds(nn.Module):
    def __init__(self, features, num_classes):
        super().__init__()
        self.trunk = features
        self.trunk.requires_grad_(False)
        self.head = nn.Sequential(nn.LazyLinear(256), nn.ReLU(), nn.Dropout(0.1), nn.LazyLinear(num_classes))

    def forward(self, x):
        with torch.no_grad():
            z = self.trunk(x)
        return self.head(z)


def get_net(features=None, num_classes=120, *, arch="resnet34", weights=None):
    if features is None:
        import torchvision

        features = torchvision.models.get_model(arch, weights=weights)
    return Breeds(features, num_classes)


def evaluate_loss(data_iter, net, device):
    mode = net.training
    net.eval()
    all_losses = []
    with torch.inference_mode():
        for X, y in data_iter:
            s = net(X.to(device)).cpu().numpy().astype(np.float64)
            m = s.max(axis=1, keepdims=True)
            all_losses.extend(np.log(np.exp(s - m).sum(axis=1)) + m[:, 0] - s[np.arange(len(s)), y.numpy()])
    net.train(mode)
    return np.mean(all_losses)


def train(net, train_iter, valid_iter, num_epochs, lr, wd, device, lr_period, lr_decay):
    opt = torch.optim.AdamW(net.parameters(), lr=lr, weight_decay=wd)
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda e: lr_decay ** (e // lr_period))
    out = {"train_loss": [], "valid_loss": []}
    for _ in range(num_epochs):
        net.train()
        each = []
        for X, y in train_iter:
            l = nn.functional.cross_entropy(net(X.to(device)), y.to(device), reduction="none")
            net.zero_grad()
            l.mean().backward()
            opt.step()
            each.append(l.detach())
        sched.step()
        out["train_loss"].append(torch.cat(each).mean().item())
        if valid_iter is not None:
            out["valid_loss"].append(evaluate_loss(valid_iter, net, device))
    return out


def predict_proba(net, loader):
    mode = net.training
    net.eval()
    with torch.no_grad():
        scores = np.concatenate([net(batch[0]).numpy() for batch in loader]).astype(np.float64)
    net.train(mode)
    e = np.exp(scores - scores.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def write_submission(probs, classes, path, test_dir):
    files = sorted(p.name for p in Path(test_dir).glob("*.jpg"))
    with open(path, "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(["id"] + list(classes))
        for k in range(len(files)):
            w.writerow([files[k][:-4]] + [f"{float(v):.5f}" for v in probs[k]])


def choose_backbone(results):
    names = list(results)
    losses = np.array([results[n]["valid_loss"] for n in names])
    return names[int(np.nanargmin(losses))]
