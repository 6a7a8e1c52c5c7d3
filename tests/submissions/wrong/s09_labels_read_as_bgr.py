"""The pixels of the colour map are read as blue, green, red.

loses: 13.9.2/indices
says: red and blue are swapped
"""


def voc_label_indices(colormap, colormap2label):
    b, g, r = colormap.long()
    return colormap2label[(r * 256 + g) * 256 + b]
