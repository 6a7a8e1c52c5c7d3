"""The mean is not divided.

loses: 1.1.1/mean
says: wanted
"""


def mean(x):
    return x.sum()
