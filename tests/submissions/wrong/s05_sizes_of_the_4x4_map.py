"""The answer for 4×4 for every map: on a 2×2 map nothing overlaps.

loses: 13.5.2/overlap, 13.5.2/overlap-all-ratios
says: does not reach its neighbours
"""


def overlapping_sizes(fmap_h, fmap_w):
    return [0.4]
