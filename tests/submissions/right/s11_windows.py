"""Predicts in overlapping windows of 320×480, as the book's crop size suggests; confusion matrix in torch; sum of upsampled scores."""

import torch
from solution import VOC_COLORMAP, bilinear_kernel
from torch import nn
from torch.nn import functional as F

CROP = (320, 480)


def predict_full(net, image):
    training = net.training
    net.eval()
    _, h, w = image.shape
    ch, cw = CROP
    image = F.pad(image, (0, max(cw - w, 0), 0, max(ch - h, 0)))
    H, W = image.shape[1:]
    total = None
    with torch.no_grad():
        for top in sorted({*range(0, H - ch, ch // 2), H - ch}):
            for left in sorted({*range(0, W - cw, cw // 2), W - cw}):
                score = net(image[None, :, top:top + ch, left:left + cw])[0].softmax(0)
                if total is None:
                    total = torch.zeros(score.shape[0], H, W)
                total[:, top:top + ch, left:left + cw] += score
    net.train(training)
    return total[:, :h, :w].argmax(0)


def mean_iou(preds, labels, num_classes, ignore_index=255):
    confusion = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    for p, t in zip(preds, labels):
        for c in range(num_classes):
            for d in range(num_classes):
                confusion[c, d] += ((t == c) & (p == d) & (t != ignore_index)).sum()
    tp = torch.diag(confusion).double()
    union = confusion.sum(0) + confusion.sum(1) - tp
    return (tp / union).nanmean()


def label2image(pred):
    palette = torch.tensor(VOC_COLORMAP)
    return torch.nn.functional.embedding(pred.long(), palette.float()).round().long()


def build_fcn(backbone, num_classes, stride):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = backbone
            self.head = nn.LazyConv2d(num_classes, 1)
            self.head(torch.zeros(1, backbone.out_channels, 1, 1))
            self.transpose_conv = nn.ConvTranspose2d(num_classes, num_classes, 2 * stride, stride, stride // 2)

        def forward(self, x):
            return self.transpose_conv(self.head(self.features(x)))
    return Net()


class FCNSkip(nn.Module):
    """Every score map is enlarged through the remaining steps on its own, then all are summed."""

    def __init__(self, backbone_stages, num_classes):
        super().__init__()
        self.num_classes = num_classes
        self.encoder = nn.ModuleList(backbone_stages)
        self.project = nn.ModuleDict({str(i): nn.Conv2d(s.out_channels, num_classes, 1)
                                      for i, s in enumerate(backbone_stages)})
        for i, s in enumerate(backbone_stages):
            self.register_buffer(f'kernel{i}', bilinear_kernel(num_classes, num_classes, 2 * s.stride))

    def forward(self, x):
        total = 0
        for i, stage in enumerate(self.encoder):
            x = stage(x)
            score = self.project[str(i)](x)
            for j in range(i, -1, -1):
                s = self.encoder[j].stride
                score = F.conv_transpose2d(score, getattr(self, f'kernel{j}'), stride=s, padding=s // 2)
            total = total + score
        return total
