"""is_train is ignored.

loses: 13.9.2/voc-files
says: read_voc_images reads
"""

import solution


def read_voc_images(voc_dir, is_train=True):
    return solution.read_voc_images(voc_dir, True)
