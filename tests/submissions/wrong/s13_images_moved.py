"""The images are moved into the new folders instead of copied.

loses: 13.13.1/originals
says: copy the images, don.t move
"""

import collections
import math
import os
import shutil


def copyfile(filename, target_dir):
    os.makedirs(target_dir, exist_ok=True)
    shutil.copy(filename, target_dir)


def reorg_train_valid(data_dir, labels, valid_ratio):
    n = collections.Counter(labels.values()).most_common()[-1][1]
    n_valid_per_label = max(1, math.floor(n * valid_ratio))
    target = os.path.join(data_dir, "train_valid_test")
    label_count = {}
    for train_file in os.listdir(os.path.join(data_dir, "train")):
        label = labels[train_file.split(".")[0]]
        fname = os.path.join(data_dir, "train", train_file)
        copyfile(fname, os.path.join(target, "train_valid", label))
        if label_count.get(label, 0) < n_valid_per_label:
            copyfile(fname, os.path.join(target, "valid", label))
            label_count[label] = label_count.get(label, 0) + 1
        else:
            copyfile(fname, os.path.join(target, "train", label))
        os.remove(fname)
    return n_valid_per_label


def reorg_test(data_dir):
    target = os.path.join(data_dir, "train_valid_test", "test", "unknown")
    os.makedirs(target)
    for test_file in os.listdir(os.path.join(data_dir, "test")):
        shutil.move(os.path.join(data_dir, "test", test_file), target)
