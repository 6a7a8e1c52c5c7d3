"""numpy and plain loops, python's own random numbers, float64 results."""
import random
from pathlib import Path
import numpy as np
import torch
from PIL import Image


def read_data_bananas(root, is_train):
    part = Path(root, ["bananas_val", "bananas_train"][is_train])
    lines = (part / "label.csv").read_text().strip().split("\n")[1:]
    names = [line.split(",")[0] for line in lines]
    numbers = np.zeros((len(lines), 1, 5))
    for i, line in enumerate(lines):
        fields = line.split(",")[1:]
        assert len(fields) == 5, f"{part / 'label.csv'}:{i + 2}: wanted 6 fields"
        for k in range(5):
            try:
                numbers[i, 0, k] = float(fields[k])
            except ValueError:
                raise ValueError(f"row {i + 1} of label.csv: {fields[k]!r} is not a number")
    images = np.stack([np.asarray(Image.open(part / "images" / n)) for n in names]).transpose(0, 3, 1, 2)
    return torch.tensor(images), torch.from_numpy(numbers / 256.0)


class BananaDataset:
    def __init__(self, root, is_train=True):
        self.pair = read_data_bananas(root, is_train)

    def __len__(self):
        return self.pair[0].shape[0]

    def __getitem__(self, i):
        return self.pair[0][i].to(torch.float32), self.pair[1][i]


def box_statistics(labels):
    boxes = labels.numpy().astype(np.float64).reshape(-1, 5)[:, 1:]
    w, h = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    centres = np.stack([boxes[:, 0::2].mean(1), boxes[:, 1::2].mean(1)])
    return {"area": list(w * h), "aspect": torch.from_numpy(w / h), "spread": tuple(centres.std(axis=1)), "count": len(w)}


def random_crop_with_boxes(image, boxes, labels, size, *, min_visible=0.25):
    h, w = size
    top = random.randint(0, image.shape[1] - h)
    left = random.randrange(image.shape[2] - w + 1)
    new_boxes, new_labels = [], []
    for (x1, y1, x2, y2), label in zip(boxes.tolist(), labels.tolist()):
        ax1, ay1 = max(x1, left), max(y1, top)
        ax2, ay2 = min(x2, left + w), min(y2, top + h)
        if ax1 >= ax2 or ay1 >= ay2:
            continue
        if (ax2 - ax1) * (ay2 - ay1) / ((x2 - x1) * (y2 - y1)) < min_visible:
            continue
        new_boxes.append((ax1 - left, ay1 - top, ax2 - left, ay2 - top))
        new_labels.append(label)
    return (image[..., top:top + h, left:left + w], torch.tensor(new_boxes, dtype=torch.float64).reshape(-1, 4),
            torch.tensor(new_labels, dtype=torch.int32))


def hflip_with_bboxes(image, bboxes):
    result = torch.zeros(len(bboxes), 4)
    for k, (x1, y1, x2, y2) in enumerate(bboxes):
        result[k] = torch.tensor([image.size(-1) - x2, y1, image.size(-1) - x1, y2])
    columns = list(range(image.size(-1)))[::-1]
    return image[:, :, columns], result
