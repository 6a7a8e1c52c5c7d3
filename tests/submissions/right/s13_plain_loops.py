"""csv.DictReader, symbolic links instead of copies, torchvision's v2 and functional transforms, an optimiser of one's own, a small net."""

import csv
import os
import random

import torch
import torch.nn.functional as F
from torch import nn


def read_csv_labels(fname):
    result = {}
    with open(fname) as f:
        for row in csv.DictReader(f):
            result[row["id"]] = row["label"]
    return result


def link(source, folder):
    os.makedirs(folder, exist_ok=True)
    os.symlink(os.path.abspath(source), os.path.join(folder, os.path.basename(source)))


def reorg_train_valid(data_dir, labels, valid_ratio):
    sizes = {}
    for label in labels.values():
        sizes[label] = sizes.get(label, 0) + 1
    quota = max(1, int(min(sizes.values()) * valid_ratio // 1))
    left = dict.fromkeys(sizes, quota)
    base = f"{data_dir}/train_valid_test"
    for image_id, label in reversed(list(labels.items())):
        source = f"{data_dir}/train/{image_id}.png"
        link(source, f"{base}/train_valid/{label}")
        if left[label]:
            left[label] -= 1
            link(source, f"{base}/valid/{label}")
        else:
            link(source, f"{base}/train/{label}")
    return torch.tensor(quota)


def reorg_test(data_dir):
    folder = os.path.join(data_dir, "test")
    for entry in os.scandir(folder):
        link(entry.path, os.path.join(data_dir, "train_valid_test", "test", "unknown"))


class Train:
    def __init__(self):
        from torchvision.transforms import v2

        self.jitter = v2.ColorJitter(brightness=0.1, contrast=0.1)
        self.crop = v2.RandomResizedCrop(32, scale=(0.64, 1), ratio=(1, 1), antialias=True)

    def __call__(self, image):
        import torchvision.transforms.functional as TF

        image = self.crop(self.jitter(TF.resize(image, [40, 40])))
        if random.random() < 0.5:
            image = TF.hflip(image)
        return TF.normalize(TF.to_tensor(image), (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))


def transforms_train():
    return Train()


class Test(nn.Module):
    def forward(self, image):
        w, h = image.size
        x = torch.tensor(list(image.convert("RGB").tobytes()), dtype=torch.float64).reshape(h, w, 3) / 255
        channels = []
        for c, (m, s) in enumerate(zip((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))):
            channels.append((x[:, :, c] - m) / s)
        return torch.stack(channels)


def transforms_test():
    return Test()


def get_net():
    return nn.Sequential(
        nn.LazyConv2d(32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2),
        nn.LazyConv2d(64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.LazyLinear(128), nn.ReLU(), nn.LazyLinear(10))


def count_right(net, X, y):
    return (net(X).max(1).indices == y).float().sum().item()


def train(net, train_iter, valid_iter, num_epochs, lr, wd, device, lr_period, lr_decay):
    velocity = {}
    rate = lr
    hist = {"train_loss": [], "train_acc": [], "valid_acc": []}
    for epoch in range(1, num_epochs + 1):
        net.train()
        seen = loss_sum = hits = 0
        for X, y in train_iter:
            for p in net.parameters():
                p.grad = None
            scores = net(X)
            logp = F.log_softmax(scores, dim=1)
            l = -logp[range(len(y)), y].sum() / len(y)
            if l != l or l == float("inf"):
                raise RuntimeError(f"loss is {l.item()}: not a number, stop")
            l.backward()
            with torch.no_grad():
                for p in net.parameters():
                    if p.grad is None:
                        continue
                    g = p.grad + wd * p
                    velocity[p] = 0.9 * velocity.get(p, torch.zeros_like(p)) + g
                    p -= rate * velocity[p]
            seen += len(y)
            loss_sum += l.item() * len(y)
            hits += (scores.argmax(1) == y).sum().item()
        hist["train_loss"].append(torch.tensor(loss_sum / seen))
        hist["train_acc"].append(hits / seen)
        if epoch % lr_period == 0:
            rate *= lr_decay
        if valid_iter is not None:
            net.eval()
            hits = seen = 0
            with torch.no_grad():
                for X, y in valid_iter:
                    hits += count_right(net, X, y)
                    seen += len(y)
            hist["valid_acc"].append(hits / seen)
    return hist


def write_submission(preds, classes, path):
    order = sorted(range(1, len(preds) + 1), key=str)
    with open(path, "w", newline="") as f:
        writer = csv.DictWriter(f, ["id", "label"], quoting=csv.QUOTE_ALL)
        writer.writeheader()
        for place, image_id in enumerate(order):
            writer.writerow({"id": image_id, "label": classes[preds[place]]})


def train_without_aug(train_set, valid_set, net, num_epochs, lr, wd, device, lr_period, lr_decay, batch_size=128):
    to_tensor = transforms_test()

    def prepared(pairs):
        return [(to_tensor(image).float(), torch.tensor(label)) for image, label in pairs]

    class Batches(list):
        def __iter__(self):
            order = list(range(len(self.data)))
            random.shuffle(order)
            for i in range(0, len(order), batch_size):
                chosen = [self.data[k] for k in order[i:i + batch_size]]
                yield torch.stack([x for x, _ in chosen]), torch.stack([y for _, y in chosen])

    batches = Batches()
    batches.data = prepared(train_set)
    train(net, batches, None, num_epochs, lr, wd, device, lr_period, lr_decay)
    net.eval()
    result = []
    for data in (batches.data, prepared(valid_set)):
        with torch.no_grad():
            result.append(sum(count_right(net, x[None], y[None]) for x, y in data) / len(data))
    return result
