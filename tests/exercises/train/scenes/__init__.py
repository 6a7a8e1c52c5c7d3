"""The course's own picture sets: drawn by formulas, labelled by construction, the same for the same seed everywhere.

They have the structure of the book's sets (classes, boxes, masks, folders, label files), are made in a second, and need no
network. Each set is one function of (number of pictures, seed); images are uint8 tensors (n, 3, H, W).
"""
