"""The ids come in the order in which the file system lists the files.

loses: 13.14.1/submission
says: sorted by name
"""

import os


def write_submission(probs, classes, path, test_dir):
    ids = os.listdir(test_dir)
    with open(path, "w") as f:
        f.write("id," + ",".join(classes) + "\n")
        for i, row in zip(ids, probs):
            f.write(i.split(".")[0] + "," + ",".join(str(float(p)) for p in row) + "\n")
