"""The network starts anew for every layer that is asked for.

loses: 13.12.1/one-pass
says: layer 0 ran \\d times
"""


def extract_features(X, net, content_layers, style_layers):
    return [net[: i + 1](X) for i in content_layers], [net[: i + 1](X) for i in style_layers]
