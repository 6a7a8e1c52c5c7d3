"""Described values (the form of `grader.evidence`) as one short line of text."""

from __future__ import annotations

from typing import Any


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
