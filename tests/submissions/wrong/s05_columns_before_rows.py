"""Width before height.

loses: 13.5.3/flatten
says: flatten_pred
"""

def flatten_pred(pred):
    return pred.transpose(1, 3).flatten(1)
