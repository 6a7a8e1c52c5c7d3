"""A run that diverged is chosen when it comes first: comparisons with NaN are false.

loses: 13.14.2/choose-nan
says: validation loss is NaN
"""

def choose_backbone(results):
    return min(results, key=lambda name: results[name]["valid_loss"])
