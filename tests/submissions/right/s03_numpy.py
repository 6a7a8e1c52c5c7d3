"""numpy inside, float64 out."""
import numpy as np
import torch


def label_object(image):
    corner, size = np.array([172.5, 15.5]), np.array([236.0, 294.0])
    return torch.from_numpy(np.concatenate([corner, corner + size]))


def box_to_rect(box):
    b = np.asarray(box, dtype=float)
    return tuple(np.concatenate([b[:2], b[2:] - b[:2]]))


def box_corner_to_center(boxes):
    b = boxes.numpy().astype(np.float64)
    low, high = b[..., :2], b[..., 2:]
    return torch.from_numpy(np.concatenate([(low + high) / 2, high - low], axis=-1))


def box_center_to_corner(boxes):
    b = boxes.numpy().astype(np.float64)
    centre, half = np.split(b, 2, axis=-1)
    half = half / 2
    return torch.from_numpy(np.concatenate([centre - half, centre + half], axis=-1))
