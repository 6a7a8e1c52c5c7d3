"""The stand-in for the book's package, as the chapter's notebooks use it."""

import os
import subprocess
import sys
import types

import pytest
import torch
from torch import nn

from grader.worker import book
from grader.worker.book.plotting import MAX_DRAWN


@pytest.fixture
def d2l(monkeypatch):
    """`from d2l import torch as d2l`, with every trace of it removed afterwards."""
    before = {n: m for n, m in sys.modules.items() if n == "d2l" or n.startswith("d2l.")}
    for name in before:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "d2l", None)  # a real one, if any, does not import
    monkeypatch.delenv("MPLBACKEND", raising=False)
    assert book.install() is True
    from d2l import torch as d2l

    yield d2l
    for name in [n for n in sys.modules if n == "d2l" or n.startswith("d2l.")]:
        del sys.modules[name]
    os.environ.pop("MPLBACKEND", None)
    sys.modules.update(before)


def test_every_way_to_import_it_works(d2l):
    names: dict = {}
    exec("import d2l\nimport d2l.torch\nfrom d2l.torch import *\nfrom d2l.torch import Timer, nn", names)
    assert names["d2l"].torch is d2l
    assert names["d2l"].Timer is d2l.Timer is names["Timer"]
    assert names["train_ch13"] is d2l.train_ch13
    assert "install" not in names
    assert d2l.torch is torch


def test_install_twice_is_the_same(d2l):
    assert book.install() is True
    assert sys.modules["d2l.torch"] is d2l


def test_the_real_package_is_preferred(monkeypatch):
    real, inner = types.ModuleType("d2l"), types.ModuleType("d2l.torch")
    monkeypatch.setitem(sys.modules, "d2l", real)
    monkeypatch.setitem(sys.modules, "d2l.torch", inner)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    assert book.install() is False
    assert sys.modules["d2l.torch"] is inner


@pytest.mark.parametrize(
    "name", ["box_iou", "multibox_prior", "box_corner_to_center", "bbox_to_rect", "nonsense"]
)
def test_graded_functions_are_not_given_and_the_message_says_why(d2l, name):
    with pytest.raises(AttributeError, match=f"no '{name}'.*must be your own"):
        getattr(d2l, name)
    assert not hasattr(d2l, name)
    with pytest.raises(ImportError):
        exec(f"from d2l.torch import {name}")


def test_a_student_may_set_a_name(d2l):
    d2l.box_iou = len
    assert d2l.box_iou is len


@pytest.mark.parametrize("name", ["download", "download_extract", "load_data_bananas", "read_voc_images"])
def test_data_is_refused_with_the_next_step(d2l, name):
    d2l.DATA_HUB["hotdog"] = (d2l.DATA_URL + "hotdog.zip", "0")
    with pytest.raises(RuntimeError, match=rf"d2l\.{name}: there is no network.*\n?.*arguments"):
        getattr(d2l, name)("hotdog")


def test_plotting_needs_no_display_and_shows_nothing(d2l):
    d2l.set_figsize((4, 3))
    d2l.use_svg_display()
    axes = d2l.show_images([torch.zeros(4, 4, 3), torch.zeros(4, 4).numpy()], 1, 2, titles=["a", "b"])
    d2l.show_bboxes(axes[0], torch.tensor([[0, 0, 2.0, 2]]), labels=["cup"], colors="w")
    d2l.show_bboxes(axes[1], [[0, 0, 1, 1]] * 500)
    assert len(axes[0].patches) == 1
    assert len(axes[1].patches) == MAX_DRAWN
    d2l.set_axes(axes[0], "x", "y", [0, 1], [1, 9], "linear", "log", [])
    d2l.plot([1], [2])
    d2l.plt.show()
    assert d2l.plt.get_backend().lower() == "agg"
    assert d2l.plt.get_fignums() == []


def test_animator_records(d2l):
    animator = d2l.Animator(xlabel="epoch", xlim=[1, 2], legend=["a", "b"])
    animator.add(1, (0.5, None))
    animator.add(2, (0.25, 0.75))
    assert animator.Y == [[0.5, 0.25], [0.75]]


def test_timer_and_accumulator(d2l):
    timer = d2l.Timer()
    assert timer.stop() >= 0
    assert timer.sum() == timer.avg() == timer.cumsum()[-1]
    metric = d2l.Accumulator(2)
    metric.add(1, torch.tensor(2.0))
    metric.add(1, 2)
    assert (metric[0], metric[1]) == (2.0, 4.0)
    metric.reset()
    assert metric[1] == 0


def test_devices(d2l):
    assert d2l.cpu() == torch.device("cpu")
    assert d2l.try_gpu(99) == torch.device("cpu")
    assert len(d2l.try_all_gpus()) >= 1
    assert d2l.get_dataloader_workers() == 0


def test_accuracy_counts(d2l):
    assert d2l.accuracy(torch.tensor([[0.1, 0.9], [0.8, 0.2]]), torch.tensor([1, 1])) == 1.0


def test_training_lowers_the_loss(d2l, capsys):
    torch.manual_seed(0)
    X = torch.randn(32, 4)
    y = (X[:, 0] > 0).long()
    data = [(X[:16], y[:16]), (X[16:], y[16:])]
    net = nn.Linear(4, 2)
    trainer = torch.optim.SGD(net.parameters(), lr=0.05)
    devices = [torch.device("cpu")]
    d2l.train_ch13(net, data, data, nn.CrossEntropyLoss(reduction="none"), trainer, 10, devices)
    assert d2l.evaluate_accuracy_gpu(net, data) > 0.9
    assert capsys.readouterr().out.count("test acc") == 10


def test_resnet18_has_the_books_shape(d2l):
    net = d2l.resnet18(10, 3).eval()
    assert net(torch.zeros(1, 3, 16, 16)).shape == (1, 10)
    assert [name for name, _ in net.named_children()][3:] == [
        *(f"resnet_block{i}" for i in (1, 2, 3, 4)),
        "global_avg_pool",
        "fc",
    ]


def test_voc_palette_is_the_standard_one(d2l):
    assert d2l.VOC_COLORMAP[:3] == [[0, 0, 0], [128, 0, 0], [0, 128, 0]]
    assert d2l.VOC_COLORMAP[20] == [0, 64, 128]
    assert len(d2l.VOC_CLASSES) == 21


def test_short_names(d2l):
    x = d2l.arange(4)
    assert d2l.reshape(x, (2, 2)).shape == (2, 2)
    assert d2l.numpy(d2l.stack([x, x])).shape == (2, 4)
    assert d2l.reduce_sum(d2l.astype(x, d2l.float32)) == 6
    assert d2l.size(x) == 4
    assert d2l.argmax(x) == 3
    assert d2l.F.relu is torch.nn.functional.relu
    assert d2l.np.ones(1).sum() == 1


def test_installing_imports_no_matplotlib():
    code = (
        "import sys\nfrom grader.worker.book import install\ninstall()\n"
        "assert not [m for m in sys.modules if m.startswith('matplotlib')]\n"
        "from d2l import torch as d2l; d2l.Animator(); assert 'matplotlib' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, timeout=100
    )
