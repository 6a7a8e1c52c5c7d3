"""The ids are numbers instead of the names of the files.

loses: 13.14.1/submission
says: not the names of the test images
"""

import os


def write_submission(probs, classes, path, test_dir):
    ids = [str(k) + ".jpg" for k in range(len(probs))]
    with open(path, "w") as f:
        f.write("id," + ",".join(classes) + "\n")
        for i, row in zip(ids, probs):
            f.write(i.split(".")[0] + "," + ",".join(str(float(p)) for p in row) + "\n")
