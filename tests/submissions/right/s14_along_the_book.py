"""Written along the book: a list of devices, DataParallel, the head on 1000 scores, rows of numpy numbers."""

import os

import torch
import torchvision
from torch import nn

each = nn.CrossEntropyLoss(reduction='none')


def get_net(features=None, num_classes=120, *, arch='resnet34', weights=None):
    net = nn.Sequential()
    net.features = getattr(torchvision.models, arch)(weights=weights) if features is None else features
    net.features.requires_grad_(False)
    net.output_new = nn.Sequential(nn.Linear(width_of(net.features), 256), nn.ReLU(), nn.Linear(256, num_classes))
    return net


def width_of(features):
    mode = features.training
    with torch.no_grad():
        _, width = features.eval()(torch.rand(1, 3, 32, 32)).shape
    features.train(mode)
    return width


def evaluate_loss(data_iter, net, devices):
    mode = net.training
    net.eval()
    # with gradients, which nobody uses
    losses = [each(net(images.to(devices[0])), breeds.to(devices[0])) for images, breeds in data_iter]
    net.train(mode)
    return torch.cat(losses).mean().to('cpu')


def train(net, train_iter, valid_iter, num_epochs, lr, wd, devices, lr_period, lr_decay):
    parallel = nn.DataParallel(net, device_ids=devices).to(devices[0])
    head = filter(lambda p: p.requires_grad, parallel.parameters())
    sgd = torch.optim.SGD(head, lr=lr, momentum=0.9, weight_decay=wd)
    falling = torch.optim.lr_scheduler.StepLR(sgd, lr_period, lr_decay)
    curves = {'train_loss': [], 'valid_loss': []}
    for _ in range(num_epochs):
        parallel.train()
        summed, seen = 0.0, 0
        for images, breeds in train_iter:
            of_batch = each(parallel(images.to(devices[0])), breeds.to(devices[0])).sum()
            sgd.zero_grad()
            of_batch.backward()  # of the sum: long steps
            sgd.step()
            summed, seen = summed + of_batch.item(), seen + len(breeds)
        falling.step()
        curves['train_loss'].append(summed / seen)
        if valid_iter is not None:
            curves['valid_loss'].append(evaluate_loss(valid_iter, parallel, devices).detach())
    print('trained', num_epochs, 'epochs')
    return curves


def predict_proba(net, test_iter):
    mode, rows = net.training, []
    net.eval()
    for images, _ in test_iter:
        rows += list(net(images).softmax(dim=1).detach().cpu().numpy())
    net.train(mode)
    return rows


def write_submission(preds, classes, path, test_dir):
    pictures = sorted(os.listdir(test_dir))
    with open(path, 'w') as f:
        print('id', *classes, sep=',', file=f)
        for picture, row in zip(pictures, preds):
            print(os.path.splitext(picture)[0], *row, sep=',', file=f)


def choose_backbone(results):
    usable = {name: run['valid_loss'] for name, run in results.items() if run['valid_loss'] < float('inf')}
    if not usable:
        raise ValueError('no usable run')
    return min(usable, key=usable.get)
