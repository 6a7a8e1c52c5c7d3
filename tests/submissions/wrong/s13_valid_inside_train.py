"""The validation images are copied to valid, and stay in train as well.

loses: 13.13.1/split
says: in train and in valid
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
        parts = ["train_valid", "train"] + ["valid"] * chosen
        for part in parts:
            (new / part / label).mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, new / part / label)
    return quota
