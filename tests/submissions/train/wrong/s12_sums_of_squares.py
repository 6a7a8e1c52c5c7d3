"""The content loss is a sum: content drowns the rest.

loses: 13.12.1/trained
says: style|noise
"""

def content_loss(Y_hat, Y):
    return (Y_hat - Y.detach()).square().sum()
