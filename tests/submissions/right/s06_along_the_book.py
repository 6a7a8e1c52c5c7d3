"""Along the book, with csv in place of pandas; masks written as formulas."""
import csv
import os
import torch
import torchvision


def read_data_bananas(root, is_train=True):
    data_dir = os.path.join(root, 'bananas_train' if is_train else 'bananas_val')
    with open(os.path.join(data_dir, 'label.csv')) as f:
        reader = csv.reader(f)
        next(reader)
        images, targets = [], []
        for line, (img_name, *target) in enumerate(reader, start=2):
            images.append(torchvision.io.read_image(os.path.join(data_dir, 'images', f'{img_name}')))
            try:
                label, xmin, ymin, xmax, ymax = map(int, target)
            except ValueError as e:
                raise RuntimeError(f'label.csv line {line}: {e}')
            targets.append([label, xmin, ymin, xmax, ymax])
    return images, torch.tensor(targets).unsqueeze(1) / 256


class BananasDataset(torch.utils.data.Dataset):
    def __init__(self, root, is_train):
        self.features, self.labels = read_data_bananas(root, is_train)
        print('read ' + str(len(self.features)) + (f' training examples' if is_train else f' validation examples'))

    def __getitem__(self, idx):
        return (self.features[idx].float(), self.labels[idx])

    def __len__(self):
        return len(self.features)


def box_statistics(labels):
    w = labels[:, 0, 3] - labels[:, 0, 1]
    h = labels[:, 0, 4] - labels[:, 0, 2]
    cx = labels[:, 0, 1] + w / 2
    cy = labels[:, 0, 2] + h / 2
    spread = torch.stack([torch.sqrt(((c - c.mean()) ** 2).mean()) for c in (cx, cy)])
    return dict(area=w * h, aspect=w / h, spread=spread)


def random_crop_with_boxes(image, boxes, labels, size, min_visible=0.5):
    i, j, h, w = torchvision.transforms.RandomCrop.get_params(image, size)
    image = torchvision.transforms.functional.crop(image, i, j, h, w)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    x1 = torch.clamp(boxes[:, 0] - j, 0, w)
    y1 = torch.clamp(boxes[:, 1] - i, 0, h)
    x2 = torch.clamp(boxes[:, 2] - j, 0, w)
    y2 = torch.clamp(boxes[:, 3] - i, 0, h)
    mask = (x2 - x1) * (y2 - y1) > min_visible * area
    return image, torch.stack((x1, y1, x2, y2), 1)[mask], labels[mask]


def hflip_with_boxes(image, boxes):
    w = image.shape[2]
    flipped = boxes.clone()
    flipped[:, [0, 2]] = w - boxes[:, [2, 0]]
    return torchvision.transforms.functional.hflip(image), flipped
