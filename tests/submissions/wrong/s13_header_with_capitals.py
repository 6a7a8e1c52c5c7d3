"""The header reads Id,Label.

loses: 13.13.1/submission-header
says: first line is not id,label
"""

def write_submission(preds, classes, path):
    ids = sorted(range(1, len(preds) + 1), key=str)
    with open(path, "w") as f:
        f.write("Id,Label\n")
        for i, pred in zip(ids, preds):
            f.write(f"{i},{classes[pred]}\n")
