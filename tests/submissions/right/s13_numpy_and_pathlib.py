"""pathlib, a random split, numpy transforms, torchvision's ResNet, AdamW with a rate set by hand."""

import random
from pathlib import Path

import numpy as np
import torch
from torch import nn


def read_csv_labels(fname):
    labels = {}
    for number, line in enumerate(Path(fname).read_text().splitlines()):
        if number > 0 and line.strip():
            key, value = line.strip().split(",")
            labels[key] = value
    return labels


def _copy(src, dst):
    dst.parent.mkdir(parents=True, exist_ok=True)
    dst.write_bytes(src.read_bytes())


def reorg_train_valid(data_dir, labels, valid_ratio):
    root = Path(data_dir)
    by_class = {}
    for file in (root / "train").glob("*.png"):
        by_class.setdefault(labels[file.stem], []).append(file)
    k = int(min(len(files) for files in by_class.values()) * valid_ratio) or 1
    for label, files in by_class.items():
        random.shuffle(files)
        for i, file in enumerate(files):
            _copy(file, root / "train_valid_test" / "train_valid" / label / file.name)
            _copy(file, root / "train_valid_test" / ("valid" if i < k else "train") / label / file.name)
    return k


def reorg_test(data_dir):
    for file in (Path(data_dir) / "test").glob("*"):
        _copy(file, Path(data_dir) / "train_valid_test/test/unknown" / file.name)


M = np.array([0.4914, 0.4822, 0.4465])
S = np.array([0.2023, 0.1994, 0.2010])


def transforms_train():
    def transform(image):
        x = np.asarray(image.convert("RGB"))
        x = np.pad(x, ((4, 4), (4, 4), (0, 0)), mode="reflect")
        i, j = np.random.randint(0, 9, size=2)
        x = x[i:i + 32, j:j + 32]
        if np.random.rand() < 0.5:
            x = x[:, ::-1]
        return torch.tensor(((x / 255 - M) / S).transpose(2, 0, 1).copy(), dtype=torch.float32)

    return transform


def transforms_test():
    return lambda image: torch.from_numpy(((np.asarray(image) / 255 - M) / S).transpose(2, 0, 1).copy()).float()


def get_net():
    import torchvision

    net = torchvision.models.resnet18(num_classes=10)
    net.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    net.maxpool = nn.Identity()
    return net


def accuracy(net, batches, device):
    net.eval()
    right = []
    with torch.inference_mode():
        for X, y in batches:
            right += (net(X.to(device)).argmax(-1).cpu() == y.cpu()).tolist()
    return float(np.mean(right))


def train(net, train_iter, valid_iter, num_epochs, lr, wd, device, lr_period, lr_decay):
    net.to(device)
    opt = torch.optim.AdamW(net.parameters(), lr=lr, weight_decay=wd)
    losses, accs, valid = [], [], []
    for epoch in range(num_epochs):
        for group in opt.param_groups:
            group["lr"] = lr * lr_decay ** (epoch // lr_period)
        net.train()
        ls, rs = [], []
        for X, y in train_iter:
            opt.zero_grad()
            out = net(X.to(device))
            l = nn.functional.cross_entropy(out, y.to(device), reduction="none")
            l.mean().backward()
            opt.step()
            ls += l.tolist()
            rs += (out.argmax(1) == y.to(device)).tolist()
        assert np.isfinite(ls).all(), "training diverged: the loss is NaN or infinite, lower the learning rate"
        losses.append(np.mean(ls))
        accs.append(np.mean(rs))
        if valid_iter:
            valid.append(accuracy(net, valid_iter, device))
    return {"train_loss": losses, "train_acc": accs, "valid_acc": valid, "epochs": num_epochs}


def write_submission(preds, classes, path):
    names = sorted(f"{i}.png" for i in range(1, len(preds) + 1))
    label_of = {int(name[:-4]): classes[p] for name, p in zip(names, preds)}
    lines = ["id,label"] + [f"{i},{label_of[i]}" for i in range(1, len(preds) + 1)]
    Path(path).write_text("\n".join(lines))


def train_without_aug(train_set, valid_set, net, num_epochs, lr, wd, device, lr_period, lr_decay, batch_size=128):
    t = transforms_test()
    X = torch.stack([t(train_set[i][0]) for i in range(len(train_set))])
    y = torch.tensor([train_set[i][1] for i in range(len(train_set))])
    Xv = torch.stack([t(valid_set[i][0]) for i in range(len(valid_set))])
    yv = torch.tensor([valid_set[i][1] for i in range(len(valid_set))])

    class Shuffled:
        def __len__(self):
            return -(-len(X) // batch_size)

        def __iter__(self):
            for part in torch.randperm(len(X)).split(batch_size):
                yield X[part], y[part]

    train(net, Shuffled(), None, num_epochs, lr, wd, device, lr_period, lr_decay)
    return accuracy(net, [(X, y)], device), accuracy(net, [(Xv, yv)], device)
