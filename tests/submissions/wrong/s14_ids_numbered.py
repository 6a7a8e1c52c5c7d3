"""The ids are numbers instead of the names of the files.

loses: 13.14.1/submission
says: not the names of the test images
"""

import csv


def write_submission(probs, classes, path, test_dir):
    names = range(len(probs))
    with open(path, "w", newline="") as f:
        table = csv.writer(f)
        table.writerow(["id", *classes])
        table.writerows([name, *map(float, row)] for name, row in zip(names, probs))
