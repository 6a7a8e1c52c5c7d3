"""The class names stand above the probabilities of other classes.

loses: 13.14.1/submission-header
says: above the probabilities of another class
"""

import csv
import os


def write_submission(probs, classes, path, test_dir):
    names = sorted(os.path.splitext(file)[0] for file in os.listdir(test_dir))
    with open(path, "w", newline="") as f:
        table = csv.writer(f)
        table.writerow(["id", *reversed(classes)])
        table.writerows([name, *map(float, row)] for name, row in zip(names, probs))
