"""Values as frames: a small JSON tree for the structure, raw bytes for tensors and images. No pickle.

    frame = u32 header length, u64 body length, header (JSON, UTF-8), body (raw bytes)

Both sides use this module; the trusted side decodes what a hostile process wrote. Every dtype, rank, offset,
byte count and depth is therefore checked against `Limits` before anything is built, and a tensor is always
rebuilt as a plain `torch.Tensor`, so that a subclass or an object with a friendly `__eq__` proves nothing.

Tree nodes: None, bool, int, float, str and list stand for themselves; everything else is an object with a tag
`t`: tuple, dict, tensor, array, image, bytes, device, dtype, range, handle.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

HEADER = struct.Struct("!IQ")
to_json = json.JSONEncoder(ensure_ascii=True, check_circular=False, separators=(",", ":")).encode

DTYPES: dict[str, torch.dtype] = {
    str(d).removeprefix("torch."): d
    for d in (
        torch.float64, torch.float32, torch.float16, torch.bfloat16,
        torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
    )
}  # fmt: skip
_NAMES = {dtype: name for name, dtype in DTYPES.items()}
_NUMPY = {dtype: np.dtype(name) for name, dtype in DTYPES.items() if name != "bfloat16"}  # numpy has none
IMAGE_CHANNELS = {"L": 1, "P": 1, "RGB": 3, "RGBA": 4}
INT_LIMIT = 1 << 63


class CodecError(ValueError):
    """A frame or a value that the protocol does not allow."""


@dataclass(frozen=True)
class Limits:
    """What one frame may hold."""

    header: int = 16 << 20
    body: int = 512 << 20
    depth: int = 24
    nodes: int = 500_000
    rank: int = 10


LIMITS = Limits()


# ---------------------------------------------------------------- values → tree


class Encoder:
    """Turns one value into a tree and the bytes it refers to.

    `keep(obj) -> id` is asked for objects that are not data; without it they are refused.
    """

    def __init__(self, keep: Callable[[Any], int] | None = None) -> None:
        self._keep = keep
        self._chunks: list[bytes] = []
        self._size = 0

    def body(self) -> bytes:
        return b"".join(self._chunks)

    def encode(self, value: Any, depth: int = 0) -> Any:
        if depth > LIMITS.depth:
            raise CodecError("the value is nested too deeply")
        if value is None or value is True or value is False:
            return value
        known = _EXACTLY.get(type(value))
        if known is not None:
            return known(self, value, depth)
        for kind, encode in _ENCODERS:
            if isinstance(value, kind):
                return encode(self, value, depth)
        if hasattr(value, "__next__"):
            return self._sequence(list(_capped(value)), depth)
        return self._handle(value)

    def _append(self, data: bytes) -> int:
        self._require_room(len(data))
        at, self._size = self._size, self._size + len(data)
        self._chunks.append(data)
        return at

    def _require_room(self, size: int) -> None:
        if self._size + size > LIMITS.body:
            raise CodecError(f"the value holds more than {LIMITS.body >> 20} MB")

    def _int(self, value: int, depth: int) -> Any:
        if not -INT_LIMIT <= value < INT_LIMIT:
            raise CodecError("the value holds an integer of more than 64 bits")
        return int(value)

    def _sequence(self, value: Any, depth: int) -> Any:
        items = [self.encode(v, depth + 1) for v in value]
        return {"t": "tuple", "v": items} if isinstance(value, tuple) else items

    def _dict(self, value: dict[Any, Any], depth: int) -> Any:
        pairs = [[self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in value.items()]
        return {"t": "dict", "v": pairs}

    def _tensor(self, value: torch.Tensor, depth: int) -> Any:
        plain = value.detach()
        if type(plain) is not torch.Tensor:
            plain = plain.as_subclass(torch.Tensor)
        name = _NAMES.get(plain.dtype)
        if name is None:
            raise CodecError(f"tensors of dtype {plain.dtype} are not part of any answer")
        device = plain.device.type
        node: dict[str, Any] = {"t": "tensor", "dtype": name, "shape": list(plain.shape), "device": device}
        if device != "meta":
            self._require_room(
                plain.numel() * plain.element_size()
            )  # an expanded tensor is larger than its memory
            node["at"] = self._append(raw_bytes(plain))
        return node

    def _array(self, value: np.ndarray, depth: int) -> Any:
        if value.dtype.kind not in "biuf":
            return self._handle(value)
        if value.dtype.kind == "u" and value.dtype.itemsize > 1:
            value = value.astype(np.int64)
        native = value.astype(value.dtype.newbyteorder("="))
        return self._tensor(torch.from_numpy(np.ascontiguousarray(native).copy()), depth) | {
            "t": "array",
            "shape": list(value.shape),
        }

    def _image(self, value: Image.Image, depth: int) -> Any:
        if value.mode not in IMAGE_CHANNELS:
            value = value.convert("RGB")
        return {
            "t": "image",
            "mode": value.mode,
            "size": list(value.size),
            "at": self._append(value.tobytes()),
        }

    def _bytes(self, value: bytes, depth: int) -> Any:
        return {"t": "bytes", "at": self._append(bytes(value)), "size": len(value)}

    def _handle(self, value: Any) -> Any:
        if self._keep is None:
            raise CodecError(f"{type(value).__name__} is not data")
        node = {"t": "handle", "id": self._keep(value), "type": type(value).__name__[:80]}
        return node | {"callable": callable(value)}


def raw_bytes(plain: torch.Tensor) -> bytes:
    """The elements in their order, as the machine holds them."""
    if plain.layout is not torch.strided:
        plain = plain.to_dense()
    if plain.device.type != "cpu":
        plain = plain.cpu()
    if plain.is_neg():
        plain = plain.resolve_neg()
    if plain.dtype is torch.bfloat16:  # numpy has none
        plain = plain.view(torch.int16)
    return plain.numpy().tobytes()


def _capped(iterator: Any, most: int = 100_000) -> Any:
    for count, item in enumerate(iterator):
        if count >= most:
            raise CodecError(f"the iterator yields more than {most} items")
        yield item


# bool subclasses int, and np.float64 subclasses float: the order matters.
_ENCODERS: tuple[tuple[type | tuple[type, ...], Callable[[Encoder, Any, int], Any]], ...] = (
    (torch.Tensor, Encoder._tensor),
    (np.ndarray, Encoder._array),
    (np.bool_, lambda e, v, d: bool(v)),
    (np.integer, lambda e, v, d: e._int(int(v), d)),
    (np.floating, lambda e, v, d: float(v)),
    (int, Encoder._int),
    (float, lambda e, v, d: float(v)),
    (str, lambda e, v, d: str.__str__(v)),
    ((list, tuple, set, frozenset, type({}.keys()), type({}.values())), Encoder._sequence),
    (dict, Encoder._dict),
    (Image.Image, Encoder._image),
    ((bytes, bytearray), Encoder._bytes),
    (torch.device, lambda e, v, d: {"t": "device", "v": str(v)}),
    (torch.dtype, lambda e, v, d: {"t": "dtype", "v": str(v).removeprefix("torch.")}),
    (torch.Size, Encoder._sequence),
    (range, Encoder._sequence),
)
_EXACTLY: dict[type, Callable[[Encoder, Any, int], Any]] = {
    torch.Tensor: Encoder._tensor,
    int: Encoder._int,
    float: lambda e, v, d: v,
    str: lambda e, v, d: v,
    list: Encoder._sequence,
    tuple: Encoder._sequence,
    dict: Encoder._dict,
}
"""what nearly all values are, found without a search"""


# ---------------------------------------------------------------- tree → values


class Decoder:
    """Rebuilds one value from its tree; everything in it is checked first.

    `resolve(id, type_name, callable)` rebuilds handles; without it they are refused.
    """

    def __init__(
        self,
        body: bytes | memoryview,
        resolve: Callable[[int, str, bool], Any] | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        self._body, self._resolve, self._limits = memoryview(body), resolve, limits
        self._nodes = 0
        self._built: dict[int, tuple[torch.Tensor, int, bytearray]] = {}

    def decode(self, tree: Any, depth: int = 0) -> Any:
        self._nodes += 1
        if depth > self._limits.depth or self._nodes > self._limits.nodes:
            raise CodecError("the value is nested too deeply or too large")
        if tree is None or type(tree) in _PLAIN:
            return tree
        if isinstance(tree, list):
            return [self.decode(v, depth + 1) for v in tree]
        tag = tree.get("t") if isinstance(tree, dict) else None
        decode = _DECODERS.get(tag) if isinstance(tag, str) else None
        if decode is None:
            raise CodecError("unknown node")
        try:
            return decode(self, tree, depth)
        except (KeyError, TypeError) as e:
            raise CodecError(f"malformed {tag} node") from e

    def _items(self, tree: dict[str, Any]) -> list[Any]:
        if not isinstance(tree["v"], list):
            raise CodecError("malformed sequence")
        return tree["v"]

    def _tuple(self, tree: dict[str, Any], depth: int) -> tuple[Any, ...]:
        return tuple(self.decode(v, depth + 1) for v in self._items(tree))

    def _dict(self, tree: dict[str, Any], depth: int) -> dict[Any, Any]:
        result = {}
        for pair in self._items(tree):
            if not isinstance(pair, list) or len(pair) != 2:
                raise CodecError("malformed dict")
            key = self.decode(pair[0], depth + 1)
            if not isinstance(key, (str, int, float, bool, tuple, type(None))):
                raise CodecError("a dict key must be a plain value")
            result[key] = self.decode(pair[1], depth + 1)
        return result

    def _slice(self, at: Any, size: int) -> memoryview:
        if type(at) is not int or at < 0 or at + size > len(self._body):
            raise CodecError("bytes outside the frame")
        return self._body[at : at + size]

    def _shape(self, shape: Any) -> tuple[int, ...]:
        if not isinstance(shape, list) or len(shape) > self._limits.rank:
            raise CodecError("malformed shape")
        for s in shape:
            if type(s) is not int or not 0 <= s <= self._limits.body:
                raise CodecError("malformed shape")
        return tuple(shape)

    def _tensor(self, tree: dict[str, Any], depth: int) -> torch.Tensor:
        dtype, shape = DTYPES.get(tree["dtype"]), self._shape(tree["shape"])
        if dtype is None:
            raise CodecError("unknown dtype")
        if tree.get("device") == "meta":
            return torch.empty(shape, dtype=dtype, device="meta")
        count = math.prod(shape)
        data = self._slice(tree["at"], count * dtype.itemsize)
        if count == 0:
            return torch.empty(shape, dtype=dtype)
        buffer = bytearray(data)
        kind = _NUMPY.get(dtype)
        found = (
            torch.frombuffer(buffer, dtype=dtype).view(shape)
            if kind is None
            else torch.from_numpy(np.ndarray(shape, kind, buffer))  # half the time
        )
        self._built[tree["at"]] = found, found.data_ptr(), buffer
        return found

    def is_same(self, now: torch.Tensor, tree: dict[str, Any]) -> bool:
        """Whether a tensor still is what its tree says, bit by bit: NaN equals itself, and -0.0 is not 0.0."""
        shape, dtype = tree["shape"], DTYPES[tree["dtype"]]
        if list(now.shape) != shape or now.dtype is not dtype:
            return False
        sent = self._slice(tree["at"], math.prod(shape) * dtype.itemsize)
        built, address, buffer = self._built.get(tree["at"], (None, 0, b""))
        if now is built and now.data_ptr() == address and now.is_contiguous():
            return bytes(buffer) == sent  # nothing but the memory that we made for it
        return raw_bytes(now.detach()) == sent

    def _image(self, tree: dict[str, Any], depth: int) -> Image.Image:
        channels = IMAGE_CHANNELS[tree["mode"]]
        width, height = self._shape(tree["size"])
        if width == 0 or height == 0:
            return Image.new(tree["mode"], (width, height))
        return Image.frombytes(
            tree["mode"], (width, height), bytes(self._slice(tree["at"], width * height * channels))
        )

    def _bytes(self, tree: dict[str, Any], depth: int) -> bytes:
        (size,) = self._shape([tree["size"]])
        return bytes(self._slice(tree["at"], size))

    def _device(self, tree: dict[str, Any], depth: int) -> torch.device:
        try:
            return torch.device(str(tree["v"])[:20])
        except RuntimeError as e:
            raise CodecError("unknown device") from e

    def _handle(self, tree: dict[str, Any], depth: int) -> Any:
        if self._resolve is None or type(tree["id"]) is not int:
            raise CodecError("a handle where data was wanted")
        return self._resolve(tree["id"], str(tree["type"])[:80], bool(tree.get("callable")))


_PLAIN = frozenset({bool, int, float, str})
_DECODERS: dict[Any, Callable[[Decoder, dict[str, Any], int], Any]] = {
    "tuple": Decoder._tuple,
    "dict": Decoder._dict,
    "tensor": Decoder._tensor,
    "array": lambda d, t, n: d._tensor(t, n).numpy(),
    "image": Decoder._image,
    "bytes": Decoder._bytes,
    "device": Decoder._device,
    "dtype": lambda d, t, n: DTYPES[t["v"]],
    "handle": Decoder._handle,
}


# ---------------------------------------------------------------- frames


def pack(header: dict[str, Any], body: bytes = b"") -> bytes:
    """One frame, ready to send."""
    return pack_text(to_json(header).encode(), body)


def pack_text(header: bytes, body: bytes) -> bytes:
    """A frame whose header is JSON already."""
    check_size(header, body)
    return HEADER.pack(len(header), len(body)) + header + body


def check_size(header: bytes, body: bytes) -> None:
    """Raises CodecError for more than one frame may hold."""
    if len(header) > LIMITS.header or len(body) > LIMITS.body:
        raise CodecError("the value is too large to send")


def unpack(data: bytes) -> tuple[dict[str, Any], memoryview]:
    """(header, body) of a frame that was kept; CodecError for anything but one whole frame."""
    if len(data) < HEADER.size:
        raise CodecError("the frame is cut off")
    header_size, body_size = unpack_header(data[: HEADER.size])
    start = HEADER.size + header_size
    if len(data) != start + body_size:
        raise CodecError("the frame is cut off, or goes on")
    return parse_header(data[HEADER.size : start]), memoryview(data)[start:]


def unpack_header(prefix: bytes, limits: Limits = LIMITS) -> tuple[int, int]:
    """(header bytes, body bytes) announced by the first `HEADER.size` bytes of a frame."""
    header, body = HEADER.unpack(prefix)
    if header > limits.header or body > limits.body:
        raise CodecError("the frame announces more than it may hold")
    return header, body


def parse_header(text: bytes) -> dict[str, Any]:
    """The header of a frame; CodecError unless it is a JSON object."""
    try:
        header = json.loads(text.decode("utf-8"))  # json would first look for other encodings
    except (ValueError, RecursionError) as e:
        raise CodecError("the header is not JSON") from e
    if not isinstance(header, dict):
        raise CodecError("the header is not an object")
    return header
