"""The test images are copied to test/ itself, where an image-folder data set finds no class.

loses: 13.13.1/test-folder
says: unknown
"""

import os
import shutil


def copyfile(filename, target_dir):
    os.makedirs(target_dir, exist_ok=True)
    shutil.copy(filename, target_dir)


def reorg_test(data_dir):
    for test_file in os.listdir(os.path.join(data_dir, "test")):
        copyfile(os.path.join(data_dir, "test", test_file), os.path.join(data_dir, "train_valid_test", "test"))
