"""A layer in both lists gets into one only (elif).

loses: 13.12.1/features
says: contents has \\d elements
"""


def extract_features(X, net, content_layers, style_layers):
    contents, styles = [], []
    for i in range(len(net)):
        X = net[i](X)
        if i in style_layers:
            styles.append(X)
        elif i in content_layers:
            contents.append(X)
    return contents, styles
