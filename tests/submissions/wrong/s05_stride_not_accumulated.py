"""The jump is the stride of the last layer only.

loses: 13.5.1/size-and-jump
says: jump|size
"""


def receptive_field(layers):
    out, size, jump, start = [], 1, 1, 0.5
    for k, s, p, d in layers:
        size += d * (k - 1) * jump
        start += (d * (k - 1) / 2 - p) * jump
        jump = s
        out.append((size, jump, start))
    return out
