"""Along the book: a Sequential with final_conv and transpose_conv, weight.data.copy_, SGD."""

import torch
from solution import VOC_COLORMAP
from torch import nn
from torch.nn import functional as F


def bilinear_kernel(in_channels, out_channels, kernel_size):
    factor = (kernel_size + 1) // 2
    if kernel_size % 2 == 1:
        center = factor - 1
    else:
        center = factor - 0.5
    og = (torch.arange(kernel_size).reshape(-1, 1),
          torch.arange(kernel_size).reshape(1, -1))
    filt = (1 - torch.abs(og[0] - center) / factor) * \
           (1 - torch.abs(og[1] - center) / factor)
    weight = torch.zeros((in_channels, out_channels,
                          kernel_size, kernel_size))
    weight[range(in_channels), range(out_channels), :, :] = filt
    return weight


def build_fcn(backbone, num_classes, stride):
    net = nn.Sequential(*list(backbone.children()))
    net.add_module('final_conv', nn.Conv2d(backbone.out_channels, num_classes, kernel_size=1))
    net.add_module('transpose_conv', nn.ConvTranspose2d(num_classes, num_classes,
                                    kernel_size=stride * 2, padding=stride // 2, stride=stride))
    W = bilinear_kernel(num_classes, num_classes, stride * 2)
    net.transpose_conv.weight.data.copy_(W)
    return net


def init_upsampling(net, how):
    c, _, k, _ = net.transpose_conv.weight.shape
    if how == 'bilinear':
        net.transpose_conv.weight.data.copy_(bilinear_kernel(c, c, k))
    elif how == 'xavier':
        nn.init.xavier_normal_(net.transpose_conv.weight)
    else:
        raise ValueError('unknown initialisation: ' + str(how))


def loss(inputs, targets):
    return F.cross_entropy(inputs, targets, reduction='none', ignore_index=255).mean(1).mean(1)


def train_fcn(train_set, *, net, epochs=5, batch_size=32, lr=0.001, device='cpu'):
    train_iter = torch.utils.data.DataLoader(train_set, batch_size, shuffle=True, drop_last=True)
    trainer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, weight_decay=1e-3)
    net = net.to(device)
    for epoch in range(epochs):
        net.train()
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            trainer.zero_grad()
            l = loss(net(X), y)
            l.sum().backward()
            for p in net.parameters():
                p.grad /= len(X)
            trainer.step()
        print(f'epoch {epoch + 1}, loss {float(l.mean()):.3f}')
    return net


def pixel_accuracy(preds, labels, ignore_index=255):
    metric = [0.0, 0.0]
    for y_hat, y in zip(preds, labels):
        cmp = y_hat.type(y.dtype) == y
        metric[0] += float(cmp[y != ignore_index].type(y.dtype).sum())
        metric[1] += (y != ignore_index).sum().item()
    return metric[0] / metric[1]


def predict_full(net, image):
    h, w = image.shape[1], image.shape[2]
    padded = torch.zeros(1, 3, (h + 31) // 32 * 32, (w + 31) // 32 * 32)
    padded[0, :, :h, :w] = image
    net.eval()
    with torch.no_grad():
        pred = net(padded).argmax(dim=1)
    return pred.reshape(pred.shape[1], pred.shape[2])[:h, :w]


def label2image(pred):
    colormap = torch.tensor(VOC_COLORMAP, device=pred.device)
    X = pred.long()
    return colormap[X, :]


class FCNSkip(nn.Module):
    """Three stages in the paper: pool3, pool4, conv7."""

    def __init__(self, backbone_stages, num_classes):
        super().__init__()
        self.backbone = nn.Sequential(*backbone_stages)
        self.score = nn.ModuleList([nn.Conv2d(s.out_channels, num_classes, 1) for s in backbone_stages])
        for conv in self.score[:-1]:  # as in the paper
            nn.init.zeros_(conv.weight)
            nn.init.zeros_(conv.bias)
        self.up = nn.ModuleList()
        for s in backbone_stages:
            conv = nn.ConvTranspose2d(num_classes, num_classes, 2 * s.stride, s.stride, s.stride // 2)
            conv.weight.data.copy_(bilinear_kernel(num_classes, num_classes, 2 * s.stride))
            self.up.append(conv)

    def forward(self, X):
        features = []
        for stage in self.backbone:
            X = stage(X)
            features.append(X)
        out = self.score[-1](features[-1])
        for i in range(len(features) - 2, -1, -1):
            out = self.up[i + 1](out)
            out = out + self.score[i](features[i])
        return self.up[0](out)
