"""The two lists come back in the wrong order.

loses: 13.12.1/features
says: content
"""


def extract_features(X, net, content_layers, style_layers):
    contents, styles = [], []
    for i in range(len(net)):
        X = net[i](X)
        if i in style_layers:
            styles.append(X)
        if i in content_layers:
            contents.append(X)
    return styles, contents
