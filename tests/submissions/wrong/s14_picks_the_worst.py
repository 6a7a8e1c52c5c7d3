"""max instead of min.

loses: 13.14.2/choose, 13.14.2/choose-nan
says: lowest validation loss
"""

def choose_backbone(results):
    return max(results, key=lambda name: results[name]["valid_loss"])
