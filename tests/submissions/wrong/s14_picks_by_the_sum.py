"""Training and validation loss are added up.

loses: 13.14.2/choose, 13.14.2/choose-nan
says: lowest validation loss
"""

def choose_backbone(results):
    return min(results, key=lambda name: results[name]["train_loss"] + results[name]["valid_loss"])
