"""Width before height.

loses: 13.9.2/indices
says: one class per pixel
"""


def voc_label_indices(colormap, colormap2label):
    c = colormap.permute(2, 1, 0).long()
    return colormap2label[(c[..., 0] * 256 + c[..., 1]) * 256 + c[..., 2]]
