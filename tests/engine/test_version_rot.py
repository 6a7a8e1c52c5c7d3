"""Code that an older version of a package accepted: the report names the cause."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import Grade

from grader.course import Course
from grader.model import Status
from grader.version_rot import advice


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return np.float(x.sum())", "write float"),
        ("return sum(list(x[:1].squeeze()))", "reshape(-1)"),
        ("return x.cuda().sum()", "x.device"),
        ("return torchvision.transforms.Scale(3)(x)", "transforms.Resize"),
        ("from PIL import Image; return Image.ANTIALIAS", "Image.LANCZOS"),
    ],
)  # fmt: skip
def test_the_hint_names_the_cause(tiny: Course, grade: Grade, body: str, says: str) -> None:
    source = f"import numpy as np, torch, torchvision\ndef total(x):\n    {body}\n"
    score = grade(tiny, s01_sums=source, exercises=frozenset({"1.1.1"}))
    crashed = [o for i in score.items for o in i.outcomes if o.status is Status.CRASHED]
    assert crashed
    assert says in crashed[0].hint


@pytest.mark.parametrize(
    "said",
    [
        "RuntimeError: Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!",
        "RuntimeError: Input type (torch.FloatTensor) and weight type (torch.cuda.FloatTensor) should be the same",
    ],
)
def test_a_tensor_on_another_device_is_told_where_it_belongs(said: str) -> None:
    """As torch 2.11 says it on a GPU."""
    assert "device=x.device" in advice(said)


def test_another_dtype_is_no_other_device() -> None:
    assert "device=x.device" not in advice(
        "RuntimeError: Input type (double) and bias type (float) should be the same"
    )


def test_numpy_says_what_we_expect_it_to_say() -> None:
    """Our patterns follow the packages' own messages: this notices when these change."""
    with pytest.raises(AttributeError) as caught:
        np.bool8  # type: ignore[attr-defined]  # noqa: B018 (the lookup is the test)
    assert "np.bool8" in advice(str(caught.value))


def test_a_mistake_of_ones_own_is_no_rot() -> None:
    assert advice("AttributeError: 'Tensor' object has no attribute 'foo'") == ""
    assert advice("TypeError: total() got an unexpected keyword argument 'size'") == ""
