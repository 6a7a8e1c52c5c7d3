"""The Gram matrix is not divided by its number of elements: style drowns the rest.

loses: 13.12.1/trained
says: content|noise
"""

def gram(X):
    channels = X.shape[1]
    flat = X.reshape(channels, -1)
    return flat @ flat.T
