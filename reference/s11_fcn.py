"""13.11 Fully convolutional networks.

A backbone makes a small map of features, a 1×1 convolution turns it into one score map per class, and a
transposed convolution enlarges the scores to the size of the image. Masks hold class indices; 255 marks
pixels that count neither in the loss nor in the measures.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

VOC_COLORMAP = [
    [0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128], [128, 0, 128], [0, 128, 128],
    [128, 128, 128], [64, 0, 0], [192, 0, 0], [64, 128, 0], [192, 128, 0], [64, 0, 128], [192, 0, 128],
    [64, 128, 128], [192, 128, 128], [0, 64, 0], [128, 64, 0], [0, 192, 0], [128, 192, 0], [0, 64, 128],
]  # fmt: skip


def bilinear_kernel(in_channels: int, out_channels: int, kernel_size: int) -> Tensor:
    """13.11.1 The weight with which a transposed convolution interpolates bilinearly.

    in_channels, out_channels: numbers of channels, equal to each other
    kernel_size: k ≥ 1, even or odd
    returns: (in_channels, out_channels, k, k) float32. Each channel is enlarged on its own: between different
        channels the weight is zero. Within one channel it is a pyramid: the product of a vertical and a
        horizontal profile, each falling linearly from the centre of the kernel and reaching 0 at a
        distance of (k+1)//2 steps from it.
    """
    steps = torch.arange(kernel_size, dtype=torch.float32)
    centre = (kernel_size - 1) / 2  # between two steps when k is even
    profile = 1 - (steps - centre).abs() / ((kernel_size + 1) // 2)  # (k,)
    own_channel = torch.eye(in_channels, out_channels)  # 1 where both channels are the same
    return own_channel[:, :, None, None] * torch.outer(profile, profile)


def build_fcn(backbone: nn.Module, num_classes: int, stride: int) -> nn.Module:
    """13.11.1 A fully convolutional network on top of a backbone.

    backbone: maps (N, 3, H, W) to (N, backbone.out_channels, H/stride, W/stride)
    num_classes: C
    stride: an even number, what the backbone divides height and width by
    returns: a network from (N, 3, H, W) to scores (N, C, H, W), for H and W that are multiples of `stride`:
        the backbone, a 1×1 convolution to C channels, and one transposed convolution from C to C channels
        with kernel size 2·stride and step `stride`
    """
    net = nn.Sequential()
    net.add_module("backbone", backbone)
    net.add_module("final_conv", nn.Conv2d(backbone.out_channels, num_classes, kernel_size=1))
    # kernel 2s, padding s/2 and step s: (h−1)·s − s + 2s = h·s
    up = nn.ConvTranspose2d(
        num_classes, num_classes, kernel_size=2 * stride, stride=stride, padding=stride // 2
    )
    net.add_module("transpose_conv", up)
    return net


def init_upsampling(net: nn.Module, how: str) -> nn.Module:
    """13.11.1 Initialise the transposed convolution of a network in place.

    net: a network made by `build_fcn`
    how: "bilinear" for `bilinear_kernel`, or "xavier" for Xavier's initialisation (uniform or normal)
    returns: net. No other layer has changed; the bias of this layer may be set to 0.
    errors: ValueError for any other `how`

    Common mistake: a new transposed convolution is made and initialised, which the network does not contain,
    so that bilinear and Xavier give the same training curve.
    """
    layer = net.transpose_conv
    if how == "bilinear":
        with torch.no_grad():
            layer.weight.copy_(bilinear_kernel(layer.in_channels, layer.out_channels, layer.kernel_size[0]))
    elif how == "xavier":
        nn.init.xavier_uniform_(layer.weight)
    else:
        raise ValueError(f"how is {how!r}, wanted 'bilinear' or 'xavier'")
    return net


answer_13_11_1 = """
With Xavier the transposed convolution starts as random numbers: it mixes the scores of different classes
and lays a checkerboard over the image. The first epochs show a higher loss and a lower accuracy, because
the network has to learn to enlarge before anything else pays. Bilinear weights are a sensible enlargement
from the first step, so training begins faster. The layer stays trainable, though; with enough epochs Xavier
catches up, and the final difference is small. When the layer is frozen, only the bilinear start works.

用 Xavier 初始化时，转置卷积层一开始是随机数：它把不同类别的得分混在一起，还会留下棋盘状的纹理。最初几轮损
失更高、精度更低，因为网络必须先学会放大。双线性插值的权重从第一步起就能合理地放大，因此前期收敛更快。不过
这一层仍可训练，训练足够多的轮数后 Xavier 会赶上，最终的差别很小。如果冻结这一层，就只有双线性初始化能用。
Source: Long, Shelhamer, Darrell, Fully Convolutional Networks for Semantic Segmentation (2015), section
3.3.
"""


def train_fcn(
    train_set: Dataset,
    *,
    net: nn.Module,
    epochs: int = 10,
    batch_size: int = 16,
    lr: float = 0.01,
    device: str | torch.device = "cpu",
) -> nn.Module:
    """13.11.2 Train a segmentation network and return it.

    train_set: pairs of an image (3, H, W) float and its mask (H, W) int64, which is 255 at unlabelled pixels
    net: from images (N, 3, H, W) to scores (N, C, H, W)
    epochs: passes over the training set
    batch_size: images per step; the set is shuffled anew in each epoch
    lr: learning rate of Adam, the highest one if it changes during training
    device: where to train
    returns: the trained network

    The loss is the cross entropy of each labelled pixel. Random numbers come from torch's global generator,
    so that the same seed gives the same network. What to tune is yours: the schedule of the learning rate,
    augmentation, weight decay, weights of the classes …
    """
    net.to(device).train()
    batches = DataLoader(train_set, batch_size, shuffle=True)
    optimiser = torch.optim.Adam(net.parameters(), lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=epochs * len(batches))
    for _ in range(epochs):
        for images, masks in batches:
            scores = net(images.to(device))  # (N, C, H, W)
            loss = F.cross_entropy(scores, masks.to(device), ignore_index=255)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return net


def pixel_accuracy(preds: Sequence[Tensor], labels: Sequence[Tensor], ignore_index: int = 255) -> float:
    """13.11.2 The share of labelled pixels whose class is right.

    preds, labels: lists of batches (n, H, W) of class indices; the last batch may be smaller than the others
    ignore_index: label of pixels that do not count
    returns: a number in 0..1, over all pixels of all batches
    """
    right = counted = 0
    for pred, label in zip(preds, labels, strict=True):
        known = label != ignore_index
        right += int((pred == label)[known].sum())
        counted += int(known.sum())
    return right / counted


def mean_iou(
    preds: Sequence[Tensor], labels: Sequence[Tensor], num_classes: int, ignore_index: int = 255
) -> float:
    """13.11.2 The mean over the classes of intersection over union.

    preds, labels: lists of batches (n, H, W) of class indices; the last batch may be smaller than the others
    num_classes: the classes are 0 … num_classes−1
    ignore_index: label of pixels that do not count, whatever is predicted there
    returns: a number in 0..1. The IoU of a class is (predicted and labelled so) / (predicted or labelled so),
        counted over all pixels of all batches together. A class that is neither predicted nor labelled
        anywhere is left out of the mean; one that is predicted but never labelled has IoU 0.
    """
    table = torch.zeros(num_classes, num_classes)  # pixels by label (row) and prediction (column)
    for pred, label in zip(preds, labels, strict=True):
        known = label != ignore_index
        pairs = label[known].long() * num_classes + pred[known].long()
        table += torch.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes).cpu()
    both = table.diag()
    either = table.sum(0) + table.sum(1) - both
    present = either > 0
    return (both[present] / either[present]).mean().item()


def predict_full(net: nn.Module, image: Tensor) -> Tensor:
    """13.11.3 The class of every pixel of an image of any size.

    net: maps (1, 3, h, w) to scores (1, C, h, w) for h and w that are multiples of 32
    image: (3, H, W) float, prepared as the net wants it; H and W are arbitrary
    returns: (H, W) integers. Where H and W are multiples of 32, they are the classes that net(image) gives,
        except perhaps close to the border.

    The net predicts in evaluation mode and without recording gradients.
    """
    height, width = image.shape[1:]
    padded = F.pad(image[None], (0, -width % 32, 0, -height % 32), mode="replicate")
    was_training = net.training
    net.eval()
    with torch.no_grad():
        scores = net(padded)  # (1, C, h, w)
    net.train(was_training)
    return scores[0, :, :height, :width].argmax(dim=0)


def label2image(pred: Tensor) -> Tensor:
    """13.11.3 The picture of a prediction.

    pred: (H, W) integers, classes 0..20
    returns: (H, W, 3) integers 0..255, for each pixel the colour of its class in `VOC_COLORMAP`
    """
    colours = torch.tensor(VOC_COLORMAP, dtype=torch.uint8, device=pred.device)
    return colours[pred.long()]


class FCNSkip(nn.Module):
    """13.11.4 A fully convolutional network that also uses intermediate layers (FCN-16s, FCN-8s).

    backbone_stages: two or more modules to be applied one after the other. Each has `out_channels` output
        channels, and divides height and width by the even number `stride`; both are attributes of it.
    num_classes: C

    Called with (N, 3, H, W), where H and W are multiples of the product of all strides, it returns scores
    (N, C, H, W). A 1×1 convolution turns the output of each stage into C score maps. From the last stage to
    the first, the sum so far is enlarged to the size of the stage before, and that stage's scores are added;
    the total is then enlarged to the size of the image. Nothing non-linear stands between scores. Before
    training, enlarging is bilinear interpolation.

    Common mistake: the sum is already at a finer scale than the last stage's output and is nevertheless
    enlarged by the backbone's full stride, so that an image of 256 pixels gives scores of 2048.
    """

    def __init__(self, backbone_stages: Sequence[nn.Module], num_classes: int) -> None:
        super().__init__()
        self.stages = nn.ModuleList(backbone_stages)
        self.scores = nn.ModuleList(
            nn.Conv2d(s.out_channels, num_classes, kernel_size=1) for s in self.stages
        )
        self.enlarge = nn.ModuleList(_upsampling(num_classes, s.stride) for s in self.stages)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) → (N, C, H, W)."""
        maps = []
        for stage, score in zip(self.stages, self.scores, strict=True):
            x = stage(x)
            maps.append(score(x))  # (N, C, h, w), smaller from stage to stage
        total = maps.pop()
        while maps:
            total = self.enlarge[len(maps)](total) + maps.pop()
        return self.enlarge[0](total)


def _upsampling(channels: int, stride: int) -> nn.ConvTranspose2d:
    """A layer that enlarges by `stride`, bilinearly at first."""
    layer = nn.ConvTranspose2d(channels, channels, 2 * stride, stride, padding=stride // 2, bias=False)
    with torch.no_grad():
        layer.weight.copy_(bilinear_kernel(channels, channels, 2 * stride))
    return layer
