"""The ids are written as 1, 2, 3, … beside predictions in the loader's order 1, 10, 11, …

loses: 13.13.1/submission-ids
says: sorted as numbers
"""

def write_submission(preds, classes, path):
    ids = range(1, len(preds) + 1)
    with open(path, "w") as f:
        f.write("id,label\n")
        for i, pred in zip(ids, preds):
            f.write(f"{i},{classes[pred]}\n")
