"""The class is taken for x1: every coordinate is one to the left.

loses: 13.6.1/statistics
says: area
"""


def box_statistics(labels):
    x1, y1, x2, y2 = labels[:, 0, :4].unbind(-1)
    w, h = x2 - x1, (y2 - y1).abs() + 1e-6
    return {"area": w * h, "aspect": w / h, "spread": ((labels[:, 0, 1:3] + labels[:, 0, 3:]) / 2).std(0, correction=0)}
