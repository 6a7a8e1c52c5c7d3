"""Written along the book: a list of devices, DataParallel, the head on 1000 scores, rows of numpy numbers."""

import os

import torch
import torchvision
from torch import nn


def get_net(features=None, num_classes=120, *, arch='resnet34', weights=None):
    finetune_net = nn.Sequential()
    finetune_net.features = features if features is not None else getattr(torchvision.models, arch)(weights=weights)
    with torch.no_grad():
        was = finetune_net.features.training
        width = finetune_net.features.eval()(torch.zeros(1, 3, 32, 32)).shape[-1]
        finetune_net.features.train(was)
    finetune_net.output_new = nn.Sequential(nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, num_classes))
    for param in finetune_net.features.parameters():
        param.requires_grad = False
    return finetune_net


loss = nn.CrossEntropyLoss(reduction='none')


def evaluate_loss(data_iter, net, devices):
    l_sum, n = 0.0, 0
    mode = net.training
    net.eval()
    for features, labels in data_iter:
        features, labels = features.to(devices[0]), labels.to(devices[0])
        outputs = net(features)
        l = loss(outputs, labels)
        l_sum += l.sum()
        n += labels.numel()
    net.train(mode)
    return (l_sum / n).to('cpu')


def train(net, train_iter, valid_iter, num_epochs, lr, wd, devices, lr_period, lr_decay):
    net = nn.DataParallel(net, device_ids=devices).to(devices[0])
    trainer = torch.optim.SGD((param for param in net.parameters() if param.requires_grad), lr=lr,
                              momentum=0.9, weight_decay=wd)
    scheduler = torch.optim.lr_scheduler.StepLR(trainer, lr_period, lr_decay)
    history = {'train_loss': [], 'valid_loss': []}
    for epoch in range(num_epochs):
        net.train()
        metric = [0.0, 0]
        for i, (features, labels) in enumerate(train_iter):
            features, labels = features.to(devices[0]), labels.to(devices[0])
            trainer.zero_grad()
            output = net(features)
            l = loss(output, labels).sum()
            l.backward()
            trainer.step()
            metric[0] += l.item()
            metric[1] += labels.shape[0]
        history['train_loss'].append(metric[0] / metric[1])
        if valid_iter is not None:
            valid_loss = evaluate_loss(valid_iter, net, devices)
            history['valid_loss'].append(valid_loss.detach().cpu())
        scheduler.step()
    print('done')
    return history


def predict_proba(net, test_iter):
    preds = []
    mode = net.training
    net.eval()
    for data, label in test_iter:
        output = torch.nn.functional.softmax(net(data), dim=1)
        preds.extend(output.cpu().detach().numpy())
    net.train(mode)
    return preds


def write_submission(preds, classes, path, test_dir):
    ids = sorted(os.listdir(test_dir))
    with open(path, 'w') as f:
        f.write('id,' + ','.join(classes) + '\n')
        for i, output in zip(ids, preds):
            f.write(i.split('.')[0] + ',' + ','.join([str(num) for num in output]) + '\n')


def choose_backbone(results):
    best, best_loss = None, float('inf')
    for name in results:
        if results[name]['valid_loss'] < best_loss:
            best, best_loss = name, results[name]['valid_loss']
    if best is None:
        raise ValueError('no usable run')
    return best
