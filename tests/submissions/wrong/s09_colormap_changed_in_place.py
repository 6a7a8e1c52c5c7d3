"""Marks unknown pixels in the caller's colour map.

loses: 13.9.2/inputs
says: in place
"""


def voc_label_indices(colormap, colormap2label):
    index = (colormap[0].long() * 256 + colormap[1]) * 256 + colormap[2]
    colormap.zero_()
    return colormap2label[index]
