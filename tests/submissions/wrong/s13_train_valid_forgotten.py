"""Nothing is copied to train_valid.

loses: 13.13.1/split
says: train_valid.* is missing
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
        parts = ["valid" if chosen else "train"]
        for part in parts:
            (new / part / label).mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, new / part / label)
    return quota
