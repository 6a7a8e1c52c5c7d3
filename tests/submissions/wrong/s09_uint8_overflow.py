"""The position is computed in uint8 and overflows.

loses: 13.9.2/indices
says: was given
"""


def voc_label_indices(colormap, colormap2label):
    r, g, b = colormap
    return colormap2label[((r * 256 + g) * 256 + b).long()]
