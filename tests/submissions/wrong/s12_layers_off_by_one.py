"""A layer's input is collected instead of its output.

loses: 13.12.1/features
says: input of layer \\d; its output is wanted
"""


def extract_features(X, net, content_layers, style_layers):
    contents, styles = [], []
    for i in range(len(net)):
        if i in style_layers:
            styles.append(X)
        if i in content_layers:
            contents.append(X)
        X = net[i](X)
    return contents, styles
