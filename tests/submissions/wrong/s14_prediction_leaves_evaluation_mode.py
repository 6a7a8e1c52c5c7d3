"""After predict_proba the net stays in evaluation mode.

loses: 13.14.1/predict-mode
says: left in evaluation mode
"""

import torch


def predict_proba(net, loader):
    net.eval()
    rows = []
    with torch.no_grad():
        for data, _ in loader:
            rows.append(torch.softmax(net(data), dim=1))
    return torch.cat(rows)
