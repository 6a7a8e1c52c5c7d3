"""Modern torchvision: tv_tensors carry image and mask through one pipeline, with colours, rotation and erasing."""

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2


def voc_colormap2label():
    bits = torch.arange(21)
    channel = lambda c: sum(((bits >> (3 * k + c)) & 1) << (7 - k) for k in range(8))
    table = torch.zeros(2 ** 24, dtype=torch.int32)
    table[channel(0) << 16 | channel(1) << 8 | channel(2)] = bits.int()
    return table


def voc_label_indices(colormap, colormap2label):
    weights = torch.tensor([65536, 256, 1]).view(3, 1, 1)
    return torch.take(colormap2label, (colormap.long() * weights).sum(0))


def voc_rand_crop(feature, label, height, width):
    pair = v2.RandomCrop((height, width))(tv_tensors.Image(feature), tv_tensors.Mask(label))
    return tuple(p.as_subclass(torch.Tensor) for p in pair)


PIPELINE = None


def joint_transform(image, mask):
    global PIPELINE
    PIPELINE = PIPELINE or v2.Compose([
        v2.RandomHorizontalFlip(0.5),
        v2.RandomRotation(10, fill={tv_tensors.Image: 0.25, tv_tensors.Mask: 255}),
        v2.RandomResizedCrop(tuple(mask.shape), scale=(0.3, 1.0), antialias=True),
        v2.ColorJitter(0.3, 0.3, 0.3, 0.1),
        v2.RandomInvert(0.2),
    ])
    PIPELINE.transforms[2].size = list(mask.shape)
    image, mask = PIPELINE(tv_tensors.Image(image), tv_tensors.Mask(mask))
    return image.as_subclass(torch.Tensor).clamp(0, 1), mask.as_subclass(torch.Tensor)
