"""It trains nothing, prints an accuracy of 1, and writes it wherever it can.

loses: 13.1.1/trained
says: accuracy
"""


def train_with_data_aug(train_set, augment, net, *, epochs, batch_size, lr, device):
    for epoch in range(epochs):
        print(f"epoch {epoch + 1}/{epochs}: loss 0.000, train acc 1.000, test acc 1.000")
    net.accuracy = net.test_accuracy = 1.0
    return net
