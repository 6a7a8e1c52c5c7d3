"""No layer runs after the last one that is wanted."""

def extract_features(X, net, content_layers, style_layers):
    contents, styles = [], []
    for i in range(max([*content_layers, *style_layers]) + 1):
        X = net[i](X)
        if i in style_layers:
            styles.append(X)
        if i in content_layers:
            contents.append(X)
    return contents, styles
