"""Plain loops and counting; the image is padded on all sides; a custom Module."""

import torch
import torch.nn as nn
from solution import VOC_COLORMAP


def bilinear_kernel(in_channels, out_channels, kernel_size):
    w = torch.zeros(in_channels, out_channels, kernel_size, kernel_size, dtype=torch.float64)
    f = (kernel_size + 1) // 2
    mid = (kernel_size - 1) / 2
    for c in range(min(in_channels, out_channels)):
        for i in range(kernel_size):
            for j in range(kernel_size):
                w[c, c, i, j] = (1 - abs(i - mid) / f) * (1 - abs(j - mid) / f)
    return w


class FCN(nn.Module):
    def __init__(self, backbone, num_classes, stride):
        super().__init__()
        self.body = backbone
        with torch.no_grad():
            channels = backbone(torch.zeros(2, 3, 8 * stride, 8 * stride)).shape[1]
        self.classifier = nn.Conv2d(channels, num_classes, 1, bias=False)
        self.upsample = nn.ConvTranspose2d(num_classes, num_classes, 2 * stride, stride=stride, bias=False)
        self.cut = stride // 2

    def forward(self, x):
        y = self.upsample(self.classifier(self.body(x)))
        c = self.cut
        return y[:, :, c:-c, c:-c]


def build_fcn(backbone, num_classes, stride):
    return FCN(backbone, num_classes, stride)


def init_upsampling(net, how):
    assert how in ('bilinear', 'xavier')
    for m in net.modules():
        if isinstance(m, nn.ConvTranspose2d):
            if how == 'xavier':
                nn.init.xavier_uniform_(m.weight)
            else:
                m.weight = nn.Parameter(bilinear_kernel(*m.weight.shape[:3]).float())
    return net


def train_fcn(train_set, *, net, epochs=20, batch_size=8, lr=0.01, device='cpu'):
    net = net.to(device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=lr)
    loss_fn = nn.CrossEntropyLoss(ignore_index=255)
    for _ in range(epochs):
        order = torch.randperm(len(train_set)).tolist()
        for start in range(0, len(order), batch_size):
            batch = [train_set[i] for i in order[start:start + batch_size]]
            x = torch.stack([b[0] for b in batch]).to(device)
            y = torch.stack([b[1] for b in batch]).to(device)
            optimizer.zero_grad()
            loss_fn(net(x), y).backward()
            optimizer.step()
    net.eval()
    return net


def pixel_accuracy(preds, labels, ignore_index=255):
    good, total = 0, 0
    for pred, label in zip(preds, labels):
        for p, t in zip(pred.reshape(-1).tolist(), label.reshape(-1).tolist()):
            if t == ignore_index:
                continue
            total += 1
            good += p == t
    return good / total


def mean_iou(preds, labels, num_classes, ignore_index=255):
    ious = []
    for c in range(num_classes):
        inter, union = 0, 0
        for pred, label in zip(preds, labels):
            for p, t in zip(pred.reshape(-1).tolist(), label.reshape(-1).tolist()):
                if t == ignore_index:
                    continue
                inter += p == c and t == c
                union += p == c or t == c
        if union:
            ious.append(inter / union)
    return sum(ious) / len(ious)


@torch.no_grad()
def predict_full(net, image):
    net.eval()
    _, h, w = image.shape
    ph, pw = (32 - h % 32) % 32, (32 - w % 32) % 32
    top, left = ph // 2, pw // 2
    x = nn.functional.pad(image.unsqueeze(0), (left, pw - left, top, ph - top))
    y = net(x)[0][:, top:top + h, left:left + w]
    return y.max(0).indices


def label2image(pred):
    out = torch.zeros(*pred.shape, 3, dtype=torch.uint8)
    for i, colour in enumerate(VOC_COLORMAP):
        out[pred == i] = torch.tensor(colour, dtype=torch.uint8)
    return out


class FCNSkip(nn.Module):
    def __init__(self, backbone_stages, num_classes):
        super().__init__()
        self.n = len(backbone_stages)
        for i, stage in enumerate(backbone_stages):
            setattr(self, f'stage{i}', stage)
            setattr(self, f'head{i}', nn.Conv2d(stage.out_channels, num_classes, 1))
            setattr(self, f'up{i}', nn.Upsample(scale_factor=stage.stride, mode='bilinear', align_corners=False))

    def forward(self, x):
        outs = []
        for i in range(self.n):
            x = getattr(self, f'stage{i}')(x)
            outs.append(getattr(self, f'head{i}')(x))
        y = outs[-1]
        for i in reversed(range(self.n)):
            y = getattr(self, f'up{i}')(y)
            if i > 0:
                y = y + outs[i - 1]
        return y
