"""The training transform is the test transform.

loses: 13.13.1/trained
says: accuracy
"""

from solution import transforms_test


def transforms_train():
    return transforms_test()
