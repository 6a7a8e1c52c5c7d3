"""Test accuracy minus training accuracy.

loses: 13.1.1/gap
says: -?\d
"""


def generalisation_gap(history):
    return history["test_acc"][-1] - history["train_acc"][-1]
