"""Another convention: the first pixel's centre is 0.

loses: 13.5.1/start
says: convention differs: the first pixel has its centre at 0
"""


def receptive_field(layers):
    out, size, jump, start = [], 1, 1, 0.0
    for k, s, p, d in layers:
        size += d * (k - 1) * jump
        start += (d * (k - 1) / 2 - p) * jump
        jump *= s
        out.append((size, jump, start))
    return out
