"""The training transform is the test transform.

loses: 13.13.1/trained
says: accuracy
"""

import solution


def transforms_train():
    return solution.transforms_test()
