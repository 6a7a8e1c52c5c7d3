"""Along the book: all images read at once into lists, torchvision's pictures and crops; csv in place of pandas."""
import csv
import os
import torch
import torchvision
from torchvision.transforms import functional as TF


def read_data_bananas(root, is_train=True):
    part = os.path.join(root, 'bananas_train' if is_train else 'bananas_val')
    with open(os.path.join(part, 'label.csv'), newline='') as f:
        lines = list(csv.reader(f))[1:]
    pictures = [torchvision.io.read_image(os.path.join(part, 'images', line[0])) for line in lines]
    numbers = [five_numbers(at, line) for at, line in enumerate(lines, start=2)]
    return pictures, torch.tensor(numbers)[:, None] / 256


def five_numbers(at, line):
    try:
        kind, x1, y1, x2, y2 = (int(cell) for cell in line[1:])
    except ValueError as e:
        raise RuntimeError(f'label.csv line {at}: {e}')
    return kind, x1, y1, x2, y2


class BananasDataset(torch.utils.data.Dataset):
    def __init__(self, root, is_train):
        self.pictures, self.labels = read_data_bananas(root, is_train)
        print(len(self), 'images to', 'train on' if is_train else 'validate with')

    def __len__(self):
        return self.labels.shape[0]

    def __getitem__(self, i):
        picture = self.pictures[i]
        return picture.to(torch.float32), self.labels[i]


def box_statistics(labels):
    w = labels[:, 0, 3] - labels[:, 0, 1]
    h = labels[:, 0, 4] - labels[:, 0, 2]
    centre = torch.stack((labels[:, 0, 1] + w / 2, labels[:, 0, 2] + h / 2))
    spread = (centre - centre.mean(dim=1, keepdim=True)).square().mean(dim=1).sqrt()
    return dict(area=w * h, aspect=w / h, spread=spread)


def random_crop_with_boxes(image, boxes, labels, size, min_visible=0.5):
    window = torchvision.transforms.RandomCrop.get_params(image, size)
    top, left, height, width = window
    inside = torch.cat((boxes[:, 0::2].sub(left).clamp(0, width), boxes[:, 1::2].sub(top).clamp(0, height)), dim=1)
    inside = inside[:, [0, 2, 1, 3]]  # x1 x2 y1 y2 → x1 y1 x2 y2
    was, now = ((b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) for b in (boxes, inside))
    stays = now > min_visible * was
    return TF.crop(image, *window), inside[stays], labels[stays]


def hflip_with_boxes(image, boxes):
    mirrored = boxes.clone()
    mirrored[:, [0, 2]] = image.shape[2] - boxes[:, [2, 0]]
    return TF.hflip(image), mirrored
