"""The images are moved into the new folders instead of copied.

loses: 13.13.1/originals
says: copy the images, don.t move
"""

import math
import shutil
from collections import Counter
from pathlib import Path


def reorg_train_valid(data_dir, labels, valid_ratio):
    new = Path(data_dir) / "train_valid_test"
    sizes = Counter(labels.values())
    quota = max(1, math.floor(min(sizes.values()) * valid_ratio))
    held_out = Counter()
    for picture in sorted(Path(data_dir, "train").iterdir()):
        label = labels[picture.stem]
        chosen = held_out[label] < quota
        held_out[label] += chosen
        parts = ["train_valid", "valid" if chosen else "train"]
        for part in parts:
            (new / part / label).mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, new / part / label)
        picture.unlink()
    return quota


def reorg_test(data_dir):
    unknown = Path(data_dir) / "train_valid_test" / "test" / "unknown"
    unknown.mkdir(parents=True)
    for picture in list(Path(data_dir, "test").iterdir()):
        picture.rename(unknown / picture.name)
