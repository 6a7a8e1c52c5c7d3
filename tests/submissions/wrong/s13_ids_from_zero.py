"""The ids begin with 0.

loses: 13.13.1/submission-ids
says: the ids are not 1 to
"""

def write_submission(preds, classes, path):
    ids = sorted(range(len(preds)), key=str)
    with open(path, "w") as f:
        f.write("id,label\n")
        for i, pred in zip(ids, preds):
            f.write(f"{i},{classes[pred]}\n")
