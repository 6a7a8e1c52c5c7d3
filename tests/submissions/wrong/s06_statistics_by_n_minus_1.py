"""The spread is the unbiased deviation: another convention (and NaN for one box).

loses: 13.6.1/statistics
says: convention differs: squares divided by n - 1|NaN
"""


def box_statistics(labels):
    x1, y1, x2, y2 = labels[:, 0, 1:].unbind(-1)
    w, h = x2 - x1, y2 - y1
    centres = (labels[:, 0, 1:3] + labels[:, 0, 3:]) / 2
    spread = centres.std(0) if len(centres) > 1 else centres[0] * 0
    return {"area": w * h, "aspect": w / h, "spread": spread}
