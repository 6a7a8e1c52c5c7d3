"""The data set always reads the training part.

loses: 13.6.1/dataset
says: is_train=False: the length is wrong
"""
from solution import read_data_bananas


class BananasDataset:
    def __init__(self, root, is_train=True):
        self.images, self.labels = read_data_bananas(root, True)

    def __getitem__(self, i):
        return self.images[i].float(), self.labels[i]

    def __len__(self):
        return len(self.images)
