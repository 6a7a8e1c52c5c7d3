"""The content loss does not reach the picture.

loses: 13.12.1/trained
says: content
"""

def content_loss(Y_hat, Y):
    return (Y_hat.detach() - Y).square().mean()
