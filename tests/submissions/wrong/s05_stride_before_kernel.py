"""The layer's own stride already counts for its own kernel.

loses: 13.5.1/size-and-jump, 13.5.1/dilation, 13.5.1/start
says: size
"""


def receptive_field(layers):
    out, size, jump, start = [], 1, 1, 0.5
    for k, s, p, d in layers:
        jump *= s
        size += d * (k - 1) * jump
        start += (d * (k - 1) / 2 - p) * jump
        out.append((size, jump, start))
    return out
