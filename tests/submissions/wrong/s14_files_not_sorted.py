"""The ids come in the order in which the file system lists the files.

loses: 13.14.1/submission
says: sorted by name
"""

import csv
import os


def write_submission(probs, classes, path, test_dir):
    names = [os.path.splitext(file)[0] for file in os.listdir(test_dir)]
    with open(path, "w", newline="") as f:
        table = csv.writer(f)
        table.writerow(["id", *classes])
        table.writerows([name, *map(float, row)] for name, row in zip(names, probs))
