"""The best test epoch instead of the last epoch.

loses: 13.1.1/gap
says: last epoch
"""


def generalisation_gap(history):
    return max(history["train_acc"]) - max(history["test_acc"])
