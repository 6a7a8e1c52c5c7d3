"""Reports numbers that look right, and trains nothing.

loses: 13.13.2/trained
says: error|gap
"""

def train_without_aug(train_set, valid_set, net, num_epochs, lr, wd, device, lr_period, lr_decay, batch_size=128):
    return 1.0, 0.62
