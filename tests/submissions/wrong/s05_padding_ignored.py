"""Padding does not move the first field.

loses: 13.5.1/start
says: starts
"""


def receptive_field(layers):
    out, size, jump, start = [], 1, 1, 0.5
    for k, s, p, d in layers:
        size += d * (k - 1) * jump
        start += d * (k - 1) / 2 * jump
        jump *= s
        out.append((size, jump, start))
    return out
