"""Written along the book: a list of devices, transform objects at module level, DataParallel, summed losses."""

import collections
import math
import os
import shutil

import torch
import torchvision
from torch import nn


def read_csv_labels(fname):
    with open(fname, 'r') as f:
        lines = f.readlines()[1:]
    tokens = [l.rstrip().split(',') for l in lines]
    return dict(((name, label) for name, label in tokens))


def copyfile(filename, target_dir):
    os.makedirs(target_dir, exist_ok=True)
    shutil.copy(filename, target_dir)


def reorg_train_valid(data_dir, labels, valid_ratio):
    n = collections.Counter(labels.values()).most_common()[-1][1]
    n_valid_per_label = max(1, math.floor(n * valid_ratio))
    label_count = {}
    for train_file in os.listdir(os.path.join(data_dir, 'train')):
        label = labels[train_file.split('.')[0]]
        fname = os.path.join(data_dir, 'train', train_file)
        copyfile(fname, os.path.join(data_dir, 'train_valid_test', 'train_valid', label))
        if label not in label_count or label_count[label] < n_valid_per_label:
            copyfile(fname, os.path.join(data_dir, 'train_valid_test', 'valid', label))
            label_count[label] = label_count.get(label, 0) + 1
        else:
            copyfile(fname, os.path.join(data_dir, 'train_valid_test', 'train', label))
    return n_valid_per_label


def reorg_test(data_dir):
    for test_file in os.listdir(os.path.join(data_dir, 'test')):
        copyfile(os.path.join(data_dir, 'test', test_file),
                 os.path.join(data_dir, 'train_valid_test', 'test', 'unknown'))


transform_train = torchvision.transforms.Compose([
    torchvision.transforms.Resize(40),
    torchvision.transforms.RandomResizedCrop(32, scale=(0.64, 1.0), ratio=(1.0, 1.0)),
    torchvision.transforms.RandomHorizontalFlip(),
    torchvision.transforms.ToTensor(),
    torchvision.transforms.Normalize([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010])])

transform_test = torchvision.transforms.Compose([
    torchvision.transforms.ToTensor(),
    torchvision.transforms.Normalize([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010])])


class Residual(nn.Module):
    def __init__(self, input_channels, num_channels, use_1x1conv=False, strides=1):
        super().__init__()
        self.conv1 = nn.Conv2d(input_channels, num_channels, kernel_size=3, padding=1, stride=strides)
        self.conv2 = nn.Conv2d(num_channels, num_channels, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2d(input_channels, num_channels, kernel_size=1, stride=strides) if use_1x1conv else None
        self.bn1 = nn.BatchNorm2d(num_channels)
        self.bn2 = nn.BatchNorm2d(num_channels)

    def forward(self, X):
        Y = nn.functional.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3:
            X = self.conv3(X)
        Y += X
        return nn.functional.relu(Y)


def resnet18(num_classes, in_channels=1):
    def resnet_block(in_channels, out_channels, num_residuals, first_block=False):
        blk = []
        for i in range(num_residuals):
            if i == 0 and not first_block:
                blk.append(Residual(in_channels, out_channels, use_1x1conv=True, strides=2))
            else:
                blk.append(Residual(out_channels, out_channels))
        return nn.Sequential(*blk)

    net = nn.Sequential(nn.Conv2d(in_channels, 64, kernel_size=3, stride=1, padding=1), nn.BatchNorm2d(64), nn.ReLU())
    net.add_module("resnet_block1", resnet_block(64, 64, 2, first_block=True))
    net.add_module("resnet_block2", resnet_block(64, 128, 2))
    net.add_module("resnet_block3", resnet_block(128, 256, 2))
    net.add_module("resnet_block4", resnet_block(256, 512, 2))
    net.add_module("global_avg_pool", nn.AdaptiveAvgPool2d((1, 1)))
    net.add_module("fc", nn.Sequential(nn.Flatten(), nn.Linear(512, num_classes)))
    return net


def get_net():
    num_classes = 10
    net = resnet18(num_classes, 3)
    return net


loss = nn.CrossEntropyLoss(reduction="none")


def train_batch_ch13(net, X, y, loss, trainer, devices):
    X = X.to(devices[0])
    y = y.to(devices[0])
    net.train()
    trainer.zero_grad()
    pred = net(X)
    l = loss(pred, y)
    l.sum().backward()
    trainer.step()
    return l.sum(), (pred.argmax(1) == y).sum()


def evaluate_accuracy_gpu(net, data_iter, device):
    net.eval()
    right, n = 0, 0
    with torch.no_grad():
        for X, y in data_iter:
            X, y = X.to(device), y.to(device)
            right += (net(X).argmax(1) == y).sum()
            n += y.numel()
    return float(right) / n


def train(net, train_iter, valid_iter, num_epochs, lr, wd, devices, lr_period, lr_decay):
    trainer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, weight_decay=wd)
    scheduler = torch.optim.lr_scheduler.StepLR(trainer, lr_period, lr_decay)
    net = nn.DataParallel(net, device_ids=devices).to(devices[0])
    history = {'train_loss': [], 'train_acc': [], 'valid_acc': []}
    for epoch in range(num_epochs):
        net.train()
        metric = [0.0, 0.0, 0]
        for i, (features, labels) in enumerate(train_iter):
            l, acc = train_batch_ch13(net, features, labels, loss, trainer, devices)
            metric[0] += l.item()
            metric[1] += acc.item()
            metric[2] += labels.shape[0]
            if math.isnan(metric[0]):
                raise ValueError('损失变为 NaN（发散），请减小学习率')
        history['train_loss'].append(metric[0] / metric[2])
        history['train_acc'].append(metric[1] / metric[2])
        if valid_iter is not None:
            valid_acc = evaluate_accuracy_gpu(net, valid_iter, devices[0])
            history['valid_acc'].append(valid_acc)
        scheduler.step()
    print(f'train loss {metric[0] / metric[2]:.3f}, train acc {metric[1] / metric[2]:.3f}')
    return history


def write_submission(preds, classes, path):
    sorted_ids = list(range(1, len(preds) + 1))
    sorted_ids.sort(key=lambda x: str(x))
    with open(path, 'w') as f:
        f.write('id,label\n')
        for i, pred in zip(sorted_ids, preds):
            f.write(f'{i},{classes[pred]}\n')


class TransformedSet(torch.utils.data.Dataset):
    def __init__(self, data, transform):
        self.data, self.transform = data, transform

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        image, label = self.data[i]
        return self.transform(image), label


def train_without_aug(train_set, valid_set, net, num_epochs, lr, wd, devices, lr_period, lr_decay, batch_size=128):
    train_ds, valid_ds = [TransformedSet(s, transform_test) for s in (train_set, valid_set)]
    train_iter = torch.utils.data.DataLoader(train_ds, batch_size, shuffle=True, drop_last=False)
    valid_iter = torch.utils.data.DataLoader(valid_ds, batch_size, shuffle=False, drop_last=False)
    train(net, train_iter, valid_iter, num_epochs, lr, wd, devices, lr_period, lr_decay)
    return (evaluate_accuracy_gpu(net, torch.utils.data.DataLoader(train_ds, batch_size), devices[0]),
            evaluate_accuracy_gpu(net, valid_iter, devices[0]))
