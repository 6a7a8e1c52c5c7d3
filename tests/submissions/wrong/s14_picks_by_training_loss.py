"""The backbone with the lowest training loss is chosen.

loses: 13.14.2/choose, 13.14.2/choose-nan
says: it has the lowest training loss
"""

def choose_backbone(results):
    return min(results, key=lambda name: results[name]["train_loss"])
