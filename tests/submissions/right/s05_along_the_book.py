"""Along the book: anchors from a multibox_prior of its own on an empty map, plain layers, the usual recurrences."""
import torch
from torch import nn


def multibox_prior(data, sizes, ratios):
    rows, columns = data.shape[2], data.shape[3]
    s, root = torch.tensor(sizes), torch.tensor(ratios).sqrt()
    # every size with the first ratio, then the first size with every other ratio
    scale = torch.cat((s, s[:1].expand(len(ratios) - 1)))
    stretch = torch.cat((root[:1].expand(len(sizes)), root[1:]))
    half = torch.stack((scale * stretch * (rows / columns), scale / stretch), dim=1) / 2
    y, x = torch.arange(0.5, rows) / rows, torch.arange(0.5, columns) / columns
    centre = torch.cartesian_prod(y, x)[:, [1, 0]].repeat_interleave(len(half), dim=0)
    half = half.repeat(rows * columns, 1)
    return torch.cat((centre - half, centre + half), dim=1).unsqueeze(0)


def grid_anchors(fmap_h, fmap_w, sizes, ratios=(1, 2, .5)):
    # only the height and the width of the map count
    return multibox_prior(torch.empty(1, 1, fmap_h, fmap_w), list(sizes), [float(r) for r in ratios])


def overlapping_sizes(fmap_h, fmap_w):
    return [min(1.0, 1.45 / min(fmap_h, fmap_w))]


def cls_predictor(num_inputs, num_anchors, num_classes):
    scores = num_classes + 1  # with background
    return nn.Conv2d(num_inputs, scores * num_anchors, 3, padding=1)


def bbox_predictor(num_inputs, num_anchors):
    return nn.Conv2d(num_inputs, 4 * num_anchors, 3, padding=1)


def flatten_pred(pred):
    channels_last = pred.movedim(1, 3)
    return channels_last.flatten(1)


def concat_preds(preds):
    return torch.cat(tuple(map(flatten_pred, preds)), dim=1)


def receptive_field(layers):
    fields = [(1, 1, 0.5)]
    for kernel, stride, padding, dilation in layers:
        size, jump, start = fields[-1]
        taps = (kernel - 1) * dilation + 1
        fields.append((size + (taps - 1) * jump, jump * stride, start + jump * ((taps - 1) / 2 - padding)))
    return fields[1:]
