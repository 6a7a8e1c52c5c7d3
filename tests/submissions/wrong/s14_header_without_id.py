"""The header holds the class names only.

loses: 13.14.1/submission-header
says: does not begin with id
"""

import os


def write_submission(probs, classes, path, test_dir):
    ids = sorted(os.listdir(test_dir))
    with open(path, "w") as f:
        f.write(",".join(classes) + "\n")
        for i, row in zip(ids, probs):
            f.write(i.split(".")[0] + "," + ",".join(str(float(p)) for p in row) + "\n")
