"""The caller's image is emptied once it has been padded.

loses: 13.10.1/inputs
says: changed argument 1 in place
"""

from torch.nn import functional as F


def trans_conv(X, K):
    below, right = len(K) - 1, K.shape[1] - 1
    padded = F.pad(X, (right, right, below, below))
    X.zero_()
    return (padded.unfold(0, below + 1, 1).unfold(1, right + 1, 1) * K.rot90(2)).sum(dim=(2, 3), dtype=X.dtype)
