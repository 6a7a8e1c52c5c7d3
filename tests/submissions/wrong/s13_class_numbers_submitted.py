"""The number of the class is written instead of its name.

loses: 13.13.1/submission-ids
says: id 1 has label '[012]'
"""

def write_submission(preds, classes, path):
    ids = sorted(range(1, len(preds) + 1), key=str)
    with open(path, "w") as f:
        f.write("id,label\n")
        for i, pred in zip(ids, preds):
            f.write(f"{i},{pred}\n")
