"""Values survive the way there and back, and nothing malformed is built."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from grader.compare import difference
from grader.worker.codec import (
    DTYPES,
    HEADER,
    CodecError,
    Decoder,
    Encoder,
    Limits,
    pack,
    parse_header,
    unpack,
    unpack_header,
)


def there_and_back(value: Any) -> Any:
    encoder = Encoder()
    tree = json.loads(json.dumps(encoder.encode(value)))
    return Decoder(encoder.body()).decode(tree)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 60), 1 << 60) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(plain)
def test_plain_values(value: Any) -> None:
    assert there_and_back(value) == value


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_tensors(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    value = (torch.rand(shape) * 5).to(dtype)
    got = there_and_back([value, value])
    assert got[1].dtype is dtype
    assert difference(got[1], value) is None


def test_views_and_strange_strides() -> None:
    base = torch.arange(12.0).reshape(3, 4)
    for view in (
        base.T,
        base[:, 1],
        base[::2],
        base.expand(2, 3, 4),
        base[0, 0],
        base.new_empty(1, 0).expand(4, 0),
        torch.arange(12).reshape(2, 6)[1:, 0],  # one element, with the stride of a column
        torch.arange(12).reshape(2, 6)[1:, :1],
    ):
        assert difference(there_and_back(view), view) is None
    assert there_and_back(torch.nonzero(base > 100)[:, 0]).shape == (0,)


def test_arrays_images_and_numpy_numbers() -> None:
    assert there_and_back(np.arange(6).reshape(2, 3)).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert there_and_back(np.float64(0.5)) == 0.5
    assert there_and_back(np.int64(3)) == 3
    image = Image.new("RGB", (3, 2), (1, 2, 3))
    assert there_and_back(image).tobytes() == image.tobytes()


def test_objects_are_no_data() -> None:
    with pytest.raises(CodecError):
        Encoder().encode(object())


@pytest.mark.parametrize(
    "tree",
    [
        {"t": "tensor", "dtype": "float32", "shape": [1 << 40], "at": 0},
        {"t": "tensor", "dtype": "float32", "shape": [-1], "at": 0},
        {"t": "tensor", "dtype": "float32", "shape": [2.0], "at": 0},
        {"t": "tensor", "dtype": "float32", "shape": [1] * 50, "at": 0},
        {"t": "tensor", "dtype": "float32", "shape": [4], "at": 4},
        {"t": "tensor", "dtype": "float32", "shape": [4], "at": -8},
        {"t": "tensor", "dtype": "float32", "shape": [4], "at": True},
        {"t": "tensor", "dtype": "object", "shape": [1], "at": 0},
        {"t": "tensor", "dtype": ["float32"], "shape": [1], "at": 0},
        {"t": "tensor"},
        {"t": "image", "mode": "CMYK", "size": [1, 1], "at": 0},
        {"t": "image", "mode": "RGB", "size": [100, 100], "at": 0},
        {"t": "dict", "v": [[{"t": "dict", "v": []}, 1]]},
        {"t": "dict", "v": [[1]]},
        {"t": "tuple", "v": 3},
        {"t": "device", "v": "cuda:banana"},
        {"t": "handle", "id": 1, "type": "x"},
        {"t": ["tuple"]},
        {"t": "pickle", "v": ""},
        {},
    ],
)
def test_malformed_values_are_refused(tree: Any) -> None:
    with pytest.raises(CodecError):
        Decoder(b"\0" * 16).decode(tree)


def test_depth_and_size_are_limited() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    with pytest.raises(CodecError):
        Decoder(b"").decode(deep)
    with pytest.raises(CodecError):
        Decoder(b"", limits=Limits(nodes=10)).decode([0] * 20)


def test_a_frame_that_announces_too_much_is_refused() -> None:
    with pytest.raises(CodecError):
        unpack_header(HEADER.pack(1 << 31, 0))
    with pytest.raises(CodecError):
        unpack_header(HEADER.pack(1, 1 << 60))


@given(st.binary(max_size=64))
def test_a_header_of_random_bytes_is_refused_or_an_object(data: bytes) -> None:
    with contextlib.suppress(CodecError):
        assert isinstance(parse_header(data), dict)


def test_a_frame() -> None:
    frame = pack({"op": "call"}, b"body")
    header, body = unpack_header(frame[: HEADER.size])
    assert parse_header(frame[HEADER.size : HEADER.size + header]) == {"op": "call"}
    assert frame[HEADER.size + header :] == b"body"
    assert body == 4
    assert unpack(frame) == ({"op": "call"}, b"body")
    for other in (b"", frame[:5], frame[:-1], frame + b"."):
        with pytest.raises(CodecError):
            unpack(other)


def test_a_tensor_that_is_larger_than_its_memory_is_refused_before_it_is_copied() -> None:
    with pytest.raises(CodecError, match="more than"):
        Encoder().encode(torch.zeros(1).expand(1 << 40))
