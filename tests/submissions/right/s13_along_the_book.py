"""Written along the book: a list of devices, transform objects at module level, DataParallel, summed losses."""

import collections
import math
import os
import shutil

import torch
from torch import nn
from torch.nn import functional as F
from torchvision import transforms as T


def read_csv_labels(fname):
    with open(fname) as f:
        f.readline()  # the header
        return {image: label for image, label in (line.strip().split(',') for line in f)}


def put(source, *folders):
    target = os.path.join(*folders)
    os.makedirs(target, exist_ok=True)
    shutil.copy(source, target)


def reorg_train_valid(data_dir, labels, valid_ratio):
    source, target = os.path.join(data_dir, 'train'), os.path.join(data_dir, 'train_valid_test')
    rarest = min(collections.Counter(labels.values()).values())
    wanted = max(math.floor(rarest * valid_ratio), 1)
    still_wanted = collections.defaultdict(lambda: wanted)
    for entry in os.listdir(source):
        picture = os.path.join(source, entry)
        kind = labels[os.path.splitext(entry)[0]]
        held_out = still_wanted[kind] > 0
        still_wanted[kind] -= held_out
        put(picture, target, 'train_valid', kind)
        put(picture, target, 'valid' if held_out else 'train', kind)
    return wanted


def reorg_test(data_dir):
    source = os.path.join(data_dir, 'test')
    for entry in os.listdir(source):
        put(os.path.join(source, entry), data_dir, 'train_valid_test', 'test', 'unknown')


to_normal = [T.ToTensor(), T.Normalize((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))]
squares = T.RandomResizedCrop(32, scale=(0.64, 1.0), ratio=(1.0, 1.0))
transform_train = T.Compose([T.Resize(40), squares, T.RandomHorizontalFlip(), *to_normal])
transform_test = T.Compose(to_normal)


class Residual(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        stride = 1 if before == after else 2
        self.body = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1), nn.BatchNorm2d(after), nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1), nn.BatchNorm2d(after))
        self.side = None if before == after else nn.Conv2d(before, after, 1, stride)

    def forward(self, X):
        out = self.body(X)
        out += X if self.side is None else self.side(X)  # in place
        return out.relu()


def get_net():
    net = nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU())
    widths = [64, 64, 64, 128, 128, 256, 256, 512, 512]
    for i, (before, after) in enumerate(zip(widths, widths[1:]), start=1):
        net.add_module(f'residual{i}', Residual(before, after))
    net.add_module('mean', nn.AdaptiveAvgPool2d(1))
    net.add_module('head', nn.Sequential(nn.Flatten(), nn.Linear(512, 10)))
    return net


def one_step(net, images, labels, sgd, devices):
    """Sum of the losses and number of right answers of one batch; the gradient is that of the sum."""
    images, labels = images.to(devices[0]), labels.to(devices[0])
    scores = net(images)
    total = F.cross_entropy(scores, labels, reduction='none').sum()
    sgd.zero_grad()
    total.backward()
    sgd.step()
    return total.item(), scores.argmax(1).eq(labels).sum().item()


def share_right(net, batches, device):
    net.eval()
    answers = []
    with torch.no_grad():
        for images, labels in batches:
            answers.append(net(images.to(device)).argmax(1) == labels.to(device))
    return torch.cat(answers).float().mean().item()


def train(net, train_iter, valid_iter, num_epochs, lr, wd, devices, lr_period, lr_decay):
    sgd = torch.optim.SGD(net.parameters(), lr, momentum=0.9, weight_decay=wd)
    falling = torch.optim.lr_scheduler.StepLR(sgd, lr_period, lr_decay)
    parallel = nn.DataParallel(net, device_ids=devices).to(devices[0])
    curves = {name: [] for name in ('train_loss', 'train_acc', 'valid_acc')}
    for _ in range(num_epochs):
        parallel.train()
        sums = torch.zeros(3, dtype=torch.float64)  # losses, right answers, examples
        for images, labels in train_iter:
            sums += torch.tensor([*one_step(parallel, images, labels, sgd, devices), len(labels)])
            if sums[0].isnan():
                raise ValueError('损失变为 NaN（发散），请减小学习率')
        falling.step()
        curves['train_loss'].append(float(sums[0] / sums[2]))
        curves['train_acc'].append(float(sums[1] / sums[2]))
        if valid_iter is not None:
            curves['valid_acc'].append(share_right(parallel, valid_iter, devices[0]))
    print('last epoch:', {name: round(values[-1], 3) for name, values in curves.items() if values})
    return curves


def write_submission(preds, classes, path):
    ids = sorted(map(str, range(1, len(preds) + 1)))  # as the loader reads the files: by text
    lines = ['id,label'] + [f'{image},{classes[k]}' for image, k in zip(ids, preds)]
    with open(path, 'w') as f:
        f.write('\n'.join(lines) + '\n')


class Transformed(torch.utils.data.Dataset):
    def __init__(self, pairs):
        self.pairs = pairs

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, i):
        image, label = self.pairs[i]
        return transform_test(image), label


def train_without_aug(train_set, valid_set, net, num_epochs, lr, wd, devices, lr_period, lr_decay, batch_size=128):
    parts = [Transformed(pairs) for pairs in (train_set, valid_set)]
    shuffled = torch.utils.data.DataLoader(parts[0], batch_size, shuffle=True)
    in_order = [torch.utils.data.DataLoader(part, batch_size) for part in parts]
    train(net, shuffled, in_order[1], num_epochs, lr, wd, devices, lr_period, lr_decay)
    return tuple(share_right(net, batches, devices[0]) for batches in in_order)
