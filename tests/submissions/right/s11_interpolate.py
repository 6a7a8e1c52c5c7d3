"""F.interpolate, numpy and einsum inside; scores resized instead of padded; sizes from a dry run."""

import copy

import numpy as np
import torch
from solution import VOC_COLORMAP
from torch import nn
from torch.nn import functional as F


def bilinear_kernel(in_channels, out_channels, kernel_size):
    f = (kernel_size + 1) // 2
    grid = np.abs(np.arange(kernel_size) - (2 * f - 1 - kernel_size % 2) / 2.0) / f
    filt = np.outer(1 - grid, 1 - grid)
    return torch.einsum('io,hw->iohw', torch.eye(in_channels, out_channels), torch.from_numpy(filt).float())


def build_fcn(backbone, num_classes, stride):
    layers = [backbone,
              nn.Conv2d(backbone.out_channels, num_classes, (1, 1)),
              nn.ConvTranspose2d(num_classes, num_classes, 2 * stride, stride, stride // 2, bias=False)]
    return nn.Sequential(*layers)


def init_upsampling(net, how):
    layer = net[-1]
    init = {'bilinear': lambda w: w.data.copy_(bilinear_kernel(w.shape[0], w.shape[1], w.shape[2])),
            'xavier': nn.init.xavier_uniform_}[how]
    init(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return net


def train_fcn(train_set, *, net, epochs=12, batch_size=16, lr=5e-3, device=None, weight_decay=1e-4):
    device = torch.device(device or 'cpu')
    net = copy.deepcopy(net).to(device)
    loader = torch.utils.data.DataLoader(train_set, batch_size=batch_size, shuffle=True)
    opt = torch.optim.Adam(net.parameters(), lr, weight_decay=weight_decay)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, epochs)
    for _ in range(epochs):
        net.train()
        for x, y in loader:
            if torch.rand(()) < 0.5:
                x, y = x.flip(-1), y.flip(-1)
            log_p = F.log_softmax(net(x.to(device)), dim=1)
            loss = F.nll_loss(log_p, y.to(device), ignore_index=255)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
        sched.step()
    return net


def _flat(preds, labels, ignore_index):
    p = np.concatenate([np.asarray(b).ravel() for b in preds])
    t = np.concatenate([np.asarray(b).ravel() for b in labels])
    return p[t != ignore_index], t[t != ignore_index]


def pixel_accuracy(preds, labels, ignore_index=255):
    p, t = _flat(preds, labels, ignore_index)
    return torch.tensor((p == t).mean())


def mean_iou(preds, labels, num_classes, ignore_index=255):
    p, t = _flat(preds, labels, ignore_index)
    onehot = np.eye(num_classes, dtype=bool)
    p, t = onehot[p], onehot[t]
    inter, union = (p & t).sum(0), (p | t).sum(0)
    with np.errstate(invalid='ignore'):
        return np.nanmean(inter / np.where(union > 0, union, np.nan))


def predict_full(net, image):
    h, w = image.shape[-2:]
    size = [max(32, round(s / 32) * 32) for s in (h, w)]
    net = net.eval()
    with torch.inference_mode():
        x = image[None]
        if size != [h, w]:
            x = F.interpolate(x, size=size, mode='bilinear', align_corners=False)
        scores = net(x)
        if size != [h, w]:
            scores = F.interpolate(scores, size=(h, w), mode='bilinear', align_corners=False)
        return scores.argmax(1)[0].to(torch.uint8)


def label2image(pred):
    return torch.from_numpy(np.array(VOC_COLORMAP, dtype=np.uint8)[pred.numpy()])


class FCNSkip(nn.Module):
    def __init__(self, backbone_stages, num_classes):
        super().__init__()
        self.stages = nn.ModuleList(backbone_stages)
        self.heads = nn.ModuleList(nn.LazyConv2d(num_classes, 1) for _ in backbone_stages)
        total = 1
        for s in backbone_stages:
            total *= s.stride
        self.eval()
        with torch.no_grad():
            self(torch.zeros(1, 3, 2 * total, 2 * total))
        self.train()

    def forward(self, x):
        size, scores = x.shape[-2:], []
        for stage, head in zip(self.stages, self.heads):
            x = stage(x)
            scores.insert(0, head(x))
        total = scores[0]
        for s in scores[1:]:
            total = F.interpolate(total, size=s.shape[-2:], mode='bilinear', align_corners=False) + s
        return F.interpolate(total, size=size, mode='bilinear', align_corners=False)
