"""Values as evidence: plain JSON for storing and drawing, one short line for reading.

What a student's code returned may be large or strange; evidence is bounded and made of plain values only.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

MOST_ELEMENTS = 256
MOST_ITEMS = 24
MOST_TEXT = 400


def describe(value: Any, depth: int = 0) -> Any:
    """A JSON-able description: scalars as they are, everything else an object with `kind`."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"kind": "float", "text": str(value)}
    if isinstance(value, str):
        return value[:MOST_TEXT]
    if depth > 4:
        return {"kind": "object", "type": "…"}
    if isinstance(value, Tensor):
        return _tensor(value, "tensor")
    if isinstance(value, np.ndarray):
        return _tensor(torch.from_numpy(np.ascontiguousarray(value)), "array")
    if isinstance(value, (list, tuple)):
        items = [describe(v, depth + 1) for v in value[:MOST_ITEMS]]
        return {"kind": type(value).__name__, "items": items, "length": len(value)}
    if isinstance(value, dict):
        pairs = [
            [describe(k, depth + 1), describe(v, depth + 1)] for k, v in list(value.items())[:MOST_ITEMS]
        ]
        return {"kind": "dict", "items": pairs, "length": len(value)}
    if isinstance(value, Image.Image):
        return {"kind": "image", "mode": value.mode, "size": list(value.size)}
    return {"kind": "object", "type": str(getattr(value, "type", type(value).__name__))[:80]}


def _tensor(value: Tensor, kind: str) -> dict[str, Any]:
    node = {"kind": kind, "dtype": str(value.dtype).removeprefix("torch."), "shape": list(value.shape)}
    if value.numel() > MOST_ELEMENTS or value.device.type == "meta":
        return node
    return node | {"values": _finite(value.tolist())}


def _finite(values: Any) -> Any:
    """JSON has no NaN and no infinity: they become text."""
    if isinstance(values, list):
        return [_finite(v) for v in values]
    return str(values) if isinstance(values, float) and not math.isfinite(values) else values


def show(evidence: Any) -> str:
    """One short text for a described value."""
    if isinstance(evidence, str):
        return repr(evidence)
    if isinstance(evidence, float):
        return f"{evidence:.6g}"
    if not isinstance(evidence, dict):
        return str(evidence)
    return _SHOW.get(evidence["kind"], _show_object)(evidence)


def _show_tensor(e: dict[str, Any]) -> str:
    if "values" not in e:
        return f"{e['kind']} of shape {tuple(e['shape'])}, {e['dtype']}"
    text = _numbers(e["values"])
    plain = e["dtype"] in ("float32", "int64", "bool") or not e["shape"]
    shape = f", shape {tuple(e['shape'])}" if 0 in e["shape"] else ""
    return f"{e['kind']}({text}{shape}{'' if plain else ', ' + e['dtype']})"


def _numbers(values: Any) -> str:
    if isinstance(values, list):
        return "[" + ", ".join(_numbers(v) for v in values) + "]"
    return f"{values:.5g}" if isinstance(values, float) else str(values)


def _show_sequence(e: dict[str, Any]) -> str:
    inside = ", ".join(show(v) for v in e["items"]) + (", …" if e["length"] > len(e["items"]) else "")
    if e["kind"] == "tuple":
        return f"({inside},)" if e["length"] == 1 else f"({inside})"
    return f"[{inside}]"


def _show_dict(e: dict[str, Any]) -> str:
    inside = ", ".join(f"{show(k)}: {show(v)}" for k, v in e["items"])
    return "{" + inside + (", …" if e["length"] > len(e["items"]) else "") + "}"


def _show_object(e: dict[str, Any]) -> str:
    if e["kind"] == "image":
        return f"PIL image {e['mode']} {e['size'][0]}×{e['size'][1]}"
    return str(e.get("text") or f"<{e.get('type', 'object')}>")


_SHOW = {
    "tensor": _show_tensor,
    "array": _show_tensor,
    "list": _show_sequence,
    "tuple": _show_sequence,
    "dict": _show_dict,
}
