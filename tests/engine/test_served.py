"""Code along the book asks for data where the book does, and finds the course's drawn sets there."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import torch
from conftest import TINY, submission
from nbformat import v4
from torch.nn import functional

from grader.course import Course
from grader.dialogue import WorkerLimits
from grader.errors import Crashed, WorkerError
from grader.fullrun import KernelSubject
from grader.host import WorkerSubject
from grader.model import Cell, Scene, Submission, Unit
from grader.scenery import Scenery
from grader.subject import Place, Student

ALONG = """
import csv, os
import torch, torchvision
from d2l import torch as d2l

d2l.DATA_HUB['hotdog'] = (d2l.DATA_URL + 'hotdog.zip', 'fba4')
tables = d2l.DATA_HUB

def cifar(train):
    found = torchvision.datasets.CIFAR10(root="../data", train=train, transform=torchvision.transforms.ToTensor(), download=True)
    image, label = found[0]
    return len(found), found.classes, image, label, isinstance(found, torch.utils.data.Dataset)

def folders():
    root = d2l.download_extract('hotdog')
    found = torchvision.datasets.ImageFolder(os.path.join(root, 'train'))
    return found.classes, len(found), found[0][0].size

def bananas():
    train, val = d2l.load_data_bananas(8)
    X, y = next(iter(train))
    return X, y, len(val)

def voc():
    train, _ = d2l.load_data_voc(4, (320, 480))
    X, y = next(iter(train))
    root = d2l.download_extract('voc2012', 'VOCdevkit/VOC2012')
    pictures, masks = d2l.read_voc_images(root, False)
    return X, y, len(pictures), masks[0]

def kaggle():
    found = []
    for name, table in (('cifar10_tiny', 'trainLabels.csv'), ('dog_tiny', 'labels.csv')):
        root = d2l.download_extract(name)
        with open(os.path.join(root, table)) as f:
            rows = list(csv.reader(f))
        pictures = {os.path.splitext(p)[0] for p in os.listdir(os.path.join(root, 'train'))}
        found.append([rows[0], pictures == {r[0] for r in rows[1:]}, len(os.listdir(os.path.join(root, 'test')))])
    return found

def other():
    return d2l.download_extract('ptb')
"""


@pytest.fixture(scope="module")
def scenery(course: Course) -> Scenery:
    return Scenery(course)


@pytest.fixture(scope="module")
def along(course, scenery, launcher):
    made = submission(course, s01=ALONG)
    subject = WorkerSubject(made, launcher, WorkerLimits(call_seconds=10))
    subject.prepare(scenery.scene(made))
    yield Student(subject, Place("s01"))
    subject.close()


def test_cifar10_is_torchvisions_own_class_with_our_pictures(along):
    count, classes, image, label, is_dataset = along.cifar(True)
    assert (count, len(classes), tuple(image.shape), is_dataset) == (128, 10, (3, 32, 32), True)
    assert 0 <= label < 10
    assert along.cifar(False)[0] == 64


def test_image_folders_are_the_books(along):
    assert along.folders() == (["hotdog", "not-hotdog"], 64, (96, 96))


def test_bananas_come_in_batches_as_the_book_loads_them(along):
    X, y, batches = along.bananas()
    assert X.shape == (8, 3, 256, 256)
    assert y.shape == (8, 1, 5)
    assert bool((y[..., 3:] > y[..., 1:3]).all())
    assert float(X.max()) > 1
    assert batches == 2


def test_voc_comes_in_batches_as_the_book_loads_it(along):
    X, y, pictures, mask = along.voc()
    assert X.shape == (4, 3, 320, 480)
    assert y.shape == (4, 320, 480)
    assert set(y.unique().tolist()) <= {0, 1, 2, 3, 4}
    assert pictures == 12
    assert tuple(mask.shape) == (3, 375, 500)


def test_kaggles_folders_and_tables_fit_together(along):
    assert along.kaggle() == [[["id", "label"], True, 10], [["id", "breed"], True, 16]]


def test_a_set_that_is_not_served_says_what_is(along):
    with pytest.raises(Crashed, match=r"no network while grading.*it serves hotdog, banana-detection"):
        along.other()


def test_pretrained_weights_that_cannot_be_had_are_told(course, scenery, launcher):
    source = "import torchvision\ndef net(): return torchvision.models.resnet18(weights='IMAGENET1K_V1')"
    made = submission(course, s02=source)
    subject = WorkerSubject(made, launcher, WorkerLimits(call_seconds=10))
    subject.prepare(scenery.scene(made))
    try:
        with pytest.raises(
            Crashed, match=r"resnet18-f37072fd\.pth cannot be downloaded while grading.*weights=None"
        ):
            Student(subject, Place("s02")).net()
    finally:
        subject.close()


def test_served_labels_are_true(course, scenery, tmp_path):
    """What the reference reads from the served folders is what was drawn."""
    made = submission(course, s06="load_data_bananas voc2012")
    for name, data in scenery.scene(made).files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    from scenes.banana import bananas
    from scenes.shapes import shapes
    from served import TRAINING, VOC

    s06, s09 = (course.reference(s) for s in course.rubric.sections if s.id in ("13.6", "13.9"))
    images, labels = s06.read_data_bananas(tmp_path / "banana-detection", True)
    drawn = bananas(64, TRAINING)
    assert images[0].shape == (3, 256, 256)
    assert float((labels - drawn.labels).abs().max()) < 0.5 / 256 + 1e-6
    _, masks = s09.read_voc_images(str(tmp_path / VOC), True)
    found = s09.voc_label_indices(masks[0], s09.voc_colormap2label())
    wanted = shapes(24, TRAINING, height=93, width=125).masks[:1, None]
    assert torch.equal(found.long(), functional.interpolate(wanted.float(), (375, 500))[0, 0].long())


def test_only_what_is_asked_for_is_served(course, scenery):
    assert scenery.scene(submission(course, s04="def box_iou(a, b): return a")) is None
    assert set(scenery.scene(submission(course, s01="datasets.CIFAR10('.')")).files) == {
        f"cifar-10-batches-py/{name}" for name in ("data_batch_1", "test_batch", "batches.meta")
    }
    quoted = Unit(
        "s02", "s02.ipynb", (), notebook=json.dumps({"cells": [{"source": 'f("hotdog")'}]}).encode()
    )
    assert any(p.startswith("hotdog/") for p in scenery.scene(Submission("ada", (quoted,))).files)
    assert Scenery(Course(TINY)).scene(submission(Course(TINY), s01_sums="CIFAR10")) is None


def test_drawing_twice_gives_the_same(course):
    made = submission(course, s01="CIFAR10 'hotdog' load_data_bananas voc2012 cifar10_tiny dog_tiny")
    first, second = (Scenery(course).scene(made) for _ in range(2))
    assert dict(first.files) == dict(second.files)
    assert pickle.loads(first.files["cifar-10-batches-py/data_batch_1"])["data"].shape == (128, 3072)


def test_course_code_that_fails_is_our_fault(course, launcher):
    subject = WorkerSubject(submission(course, s01="def f(): return 1"), launcher)
    subject.prepare(Scene({}, "def serve(folder): raise ValueError('no')"))
    try:
        with pytest.raises(WorkerError, match=r"the course's data could not be served: ValueError: no"):
            Student(subject, Place("s01")).f()
    finally:
        subject.close()


def notebook(*cells: str) -> bytes:
    return nbformat.writes(v4.new_notebook(cells=[v4.new_code_cell(c) for c in cells])).encode()


TRAINS = """
train_iter, _ = d2l.load_data_bananas(8)
net = nn.Sequential(nn.AvgPool2d(16), nn.Flatten(), nn.Linear(3 * 16 * 16, 4))
trainer = torch.optim.SGD(net.parameters(), lr=1e-6)
for epoch in range(2):
    for X, y in train_iter:
        trainer.zero_grad()
        (net(X) - y[:, 0, 1:]).abs().mean().backward()
        trainer.step()
print('trained on', len(train_iter.dataset))
"""


@pytest.mark.slow
def test_whole_notebooks_train_on_what_is_served(course, scenery, launcher):
    content = notebook(
        "import torch\nfrom torch import nn\nfrom d2l import torch as d2l", TRAINS, "def last(): return 7"
    )
    cells = tuple(
        Cell(f"cell {i}", "".join(c["source"])) for i, c in enumerate(json.loads(content)["cells"], 1)
    )
    made = Submission("ada", (Unit("s07", "s07.ipynb", cells, notebook=content),))
    subject = KernelSubject(made, launcher, WorkerLimits(call_seconds=5))
    try:
        subject.prepare(scenery.scene(made))
        assert Student(subject, Place("s07")).last() == 7
        ran = json.loads(subject.executed["s07.ipynb"])
        assert "trained on 64" in json.dumps(ran["cells"][1]["outputs"])
        assert [r.message for r in subject.remarks if "cell" in r.where] == []
    finally:
        subject.close()


AUGMENT = """
def no_aug():
    return torchvision.transforms.Compose([torchvision.transforms.ToTensor()])

def flip_aug():
    return torchvision.transforms.Compose([torchvision.transforms.{flip}(), torchvision.transforms.ToTensor()])
"""

IN_THE_BOOKS_FORM = """
batch_size, devices = 256, d2l.try_all_gpus()

def pictures(is_train, augs):
    found = torchvision.datasets.CIFAR10(root='../data', train=is_train, transform=augs, download=True)
    return torch.utils.data.DataLoader(found, batch_size, shuffle=is_train, num_workers=d2l.get_dataloader_workers())

def train_with_data_aug(train_augs, test_augs, net, lr=0.001):
    loss = nn.CrossEntropyLoss(reduction='none')
    trainer = torch.optim.Adam(net.parameters(), lr=lr)
    d2l.train_ch13(net, pictures(True, train_augs), pictures(False, test_augs), loss, trainer, 10, devices)
"""


@pytest.mark.slow  # two trainings
@pytest.mark.parametrize(("flip", "right"), [("RandomHorizontalFlip", True), ("RandomVerticalFlip", False)])
def test_a_notebook_along_the_book_is_measured(tmp_path: Path, flip: str, right: bool) -> None:
    """`train_with_data_aug(train_augs, test_augs, net)` on CIFAR-10, as the book has it."""
    imports = "import torch, torchvision\nfrom torch import nn\nfrom d2l import torch as d2l"
    (tmp_path / "image-augmentation.ipynb").write_bytes(
        notebook(
            imports,
            AUGMENT.replace("{flip}", flip),
            IN_THE_BOOKS_FORM,
            "train_with_data_aug(flip_aug(), no_aug(), 0)",
        )
    )
    found = tmp_path / "result.json"
    command = [sys.executable, "-m", "grader.cli", tmp_path, "-e", "13.1.1", "--train", "--json", found]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 1, done.stderr  # other items are not written in this form
    said = found.read_text()
    assert "has the book's parameters" in said
    item = next(i for e in json.loads(said)["exercises"] for i in e["items"] if i["id"] == "trained")
    (outcome,) = item["checks"]
    (run,) = outcome["training"]["runs"]
    mirrored = next(m for m in run["metrics"] if m["name"] == "mirrored")
    assert (mirrored["value"] >= mirrored["threshold"]) is right
    # a wrong flip fails the item that this one builds on, too, and one bug is one message
    assert item["status"] == ("passed" if right else "skipped")
