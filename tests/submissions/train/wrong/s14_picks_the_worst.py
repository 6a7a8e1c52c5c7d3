"""Picks the backbone with the highest validation loss.

loses: 13.14.2/trained
says: picked
"""

def choose_backbone(results):
    return max(results, key=lambda name: results[name]["valid_loss"])
