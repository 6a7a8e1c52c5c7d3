"""The style features come out detached: no style is ever learnt.

loses: 13.12.1/features-gradient
says: Some of the features are detached
"""


def extract_features(X, net, content_layers, style_layers):
    contents, styles = [], []
    for i, layer in enumerate(net):
        X = layer(X)
        if i in content_layers:
            contents.append(X)
        if i in style_layers:
            styles.append(X.detach())
    return contents, styles
