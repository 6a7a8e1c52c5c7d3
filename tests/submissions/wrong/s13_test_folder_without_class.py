"""The test images are copied to test/ itself, where an image-folder data set finds no class.

loses: 13.13.1/test-folder
says: unknown
"""

import shutil
from pathlib import Path


def reorg_test(data_dir):
    new = Path(data_dir) / "train_valid_test" / "test"
    new.mkdir(parents=True, exist_ok=True)
    for picture in Path(data_dir, "test").iterdir():
        shutil.copy(picture, new)
