"""The header line is read as if it were a label.

loses: 13.13.1/labels
says: 'id' was not expected
"""

def read_csv_labels(fname):
    with open(fname) as f:
        tokens = [line.rstrip().split(",") for line in f.readlines()]
    return {name: label for name, label in tokens}
