"""Dilation is read and not used.

loses: 13.5.1/dilation
says: dilat
"""


def receptive_field(layers):
    out, size, jump, start = [], 1, 1, 0.5
    for k, s, p, _ in layers:
        size += (k - 1) * jump
        start += ((k - 1) / 2 - p) * jump
        jump *= s
        out.append((size, jump, start))
    return out
