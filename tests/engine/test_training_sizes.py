"""The nets of size `gpu` are built, run and learn; on the CPU, with small pictures. No GPU is needed, and none is proved."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
import torch
from conftest import REPOSITORY
from torch import nn
from torch.nn import functional as F

SUPPORT = REPOSITORY / "tests" / "exercises" / "train" / "support"

pytestmark = pytest.mark.slow


@pytest.fixture
def support() -> Iterator[object]:
    """Loads a support module as a worker does: it finds `course_support_common`, and has a `tell`."""
    added: list[str] = []

    def load(stem: str) -> ModuleType:
        module = ModuleType(f"course_support_{stem}")
        module.__dict__["tell"] = lambda done, total: None
        sys.modules[module.__name__] = module
        added.append(module.__name__)
        exec(compile((SUPPORT / f"{stem}.py").read_text(), f"{stem}.py", "exec"), module.__dict__)
        return module

    yield load
    for name in added:
        del sys.modules[name]


def learns(net: nn.Module, inputs: torch.Tensor, wanted: torch.Tensor, steps: int = 4) -> bool:
    """Whether a few steps on one batch lower the loss."""
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(net.train()(inputs), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses[-1] < losses[0]


def test_the_classifier_is_a_resnet(support):
    net = support("common").classifier(10, "gpu", factor=1.0)
    assert sum(p.numel() for p in net.parameters()) > 11_000_000
    assert learns(net, torch.rand(4, 3, 32, 32), torch.zeros(4, dtype=torch.int64))


def test_the_fcn_has_a_stride_of_32(support):
    support("common")
    net = support("train_s11_fcn").plain_fcn(5, "gpu")
    images, masks = torch.rand(2, 3, 64, 96), torch.zeros(2, 64, 96, dtype=torch.int64)
    assert net(images).shape == (2, 5, 64, 96)
    assert learns(net, images, masks)


def test_the_stages_are_those_of_a_resnet(support):
    support("common")
    X = torch.rand(2, 3, 64, 96)
    stride = 1
    for stage in support("train_s11_fcn").stages("gpu"):
        X, stride = stage(X), stride * stage.stride
        assert X.shape == (2, stage.out_channels, 64 // stride, 96 // stride)
    assert stride == 32


@pytest.mark.parametrize("name", ["detector", "small_object_detector"])
def test_detectors_look_at_as_many_places_in_large_pictures(support, name):
    support("common")
    make = getattr(support("train_s07_ssd"), name)
    small, large = make()(torch.rand(2, 3, 64, 64)), make("gpu")(torch.rand(2, 3, 256, 256))
    assert [t.shape for t in small] == [t.shape for t in large]
    assert torch.equal(small[0], large[0])


def test_the_features_of_a_style_are_laid_out_like_vgg(support):
    style = support("train_s12_style_transfer")
    net = style.feature_net(0, "gpu")
    content, painting, start = torch.rand(3, 3, 64, 64)
    content_layers, style_layers = style.layers_of("gpu")
    assert [type(net[i]) for i in (*content_layers, *style_layers)] == [nn.Conv2d] * 6
    loss = style.by_total(_total, net, "gpu", content, painting, (1.0, 1.0, 1.0), "cpu")
    first, *_, last = style.paint(loss, start, 6, 0.1, "cpu")
    before, after = (style.measure(net, "gpu", content, painting, image) for image in (first, last))
    assert after[0] < before[0]


def _total(X, contents, styles, wanted, grams, weights):
    loss = sum((a - b).square().mean() for a, b in zip(contents, wanted, strict=True))
    return [], [], 0.0, weights[0] * loss
