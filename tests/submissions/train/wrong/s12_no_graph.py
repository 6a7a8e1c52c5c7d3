"""Features are taken without gradients.

loses: 13.12.1/trained
says: grad|content|style
"""

import torch


def extract_features(X, net, content_layers, style_layers):
    contents, styles = [], []
    with torch.no_grad():
        for i, layer in enumerate(net):
            X = layer(X)
            if i in content_layers:
                contents.append(X)
            if i in style_layers:
                styles.append(X)
    return contents, styles
