"""Along the book: a Sequential with final_conv and transpose_conv, weight.data.copy_, SGD."""

import torch
from solution import VOC_COLORMAP
from torch import nn
from torch.nn import functional as F


def bilinear_kernel(in_channels, out_channels, kernel_size):
    reach = (kernel_size + 1) // 2  # steps from the centre to zero
    row = torch.arange(1.0, kernel_size + 1)
    row = torch.minimum(row, row.flip(0)) - (kernel_size % 2 == 0) * 0.5  # rises and falls, by one a step
    kernel = torch.zeros(in_channels, out_channels, kernel_size, kernel_size)
    for channel in range(in_channels):
        kernel[channel, channel] = torch.outer(row, row) / reach**2
    return kernel


def build_fcn(backbone, num_classes, stride):
    net = nn.Sequential(*backbone.children())
    enlarge = nn.ConvTranspose2d(num_classes, num_classes, 2 * stride, stride, stride // 2)
    enlarge.weight.data.copy_(bilinear_kernel(num_classes, num_classes, 2 * stride))
    net.add_module('final_conv', nn.Conv2d(backbone.out_channels, num_classes, 1))
    net.add_module('transpose_conv', enlarge)
    return net


def init_upsampling(net, how):
    weight = net.transpose_conv.weight
    if how == 'bilinear':
        weight.data.copy_(bilinear_kernel(*weight.shape[:3]))
    elif how == 'xavier':
        nn.init.xavier_normal_(weight)
    else:
        raise ValueError('unknown initialisation: ' + str(how))


def image_losses(scores, masks):
    """One number for each image of the batch; pixels of nobody count as pixels without a loss."""
    return F.cross_entropy(scores, masks, reduction='none', ignore_index=255).mean(dim=(1, 2))


def train_fcn(train_set, *, net, epochs=5, batch_size=32, lr=0.001, device='cpu'):
    batches = torch.utils.data.DataLoader(train_set, batch_size, shuffle=True, drop_last=True)
    sgd = torch.optim.SGD(net.parameters(), lr, momentum=0.9, weight_decay=1e-3)
    net.to(device).train()
    for epoch in range(1, epochs + 1):
        for images, masks in batches:
            sgd.zero_grad()
            losses = image_losses(net(images.to(device)), masks.to(device))
            losses.sum().backward()
            for p in net.parameters():
                p.grad /= len(images)
            sgd.step()
        print(f'after epoch {epoch}: {losses.mean().item():.3f}')
    return net


def pixel_accuracy(preds, labels, ignore_index=255):
    right = total = 0
    for pred, label in zip(preds, labels):
        counts = label != ignore_index
        right += (pred.type(label.dtype) == label)[counts].sum().item()
        total += counts.sum().item()
    return right / total


def predict_full(net, image):
    h, w = image.shape[1:]
    padded = torch.zeros(1, 3, (h + 31) // 32 * 32, (w + 31) // 32 * 32)
    padded[0, :, :h, :w] = image
    net.eval()
    with torch.no_grad():
        return net(padded)[0].argmax(dim=0)[:h, :w]


def label2image(pred):
    palette = torch.tensor(VOC_COLORMAP, device=pred.device)
    return palette[pred.to(torch.int64)]


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
