"""When do two results agree? One tolerance table by dtype, and a message that says where they do not.

Structure is compared before values: type, shape, device, dtype, finiteness. The worst element is
named with its index, its difference and its allowance, after the model of `torch.testing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Tolerance:
    """|got − wanted| ≤ absolute + relative · |wanted|."""

    relative: float
    absolute: float

    def allowance(self, wanted: Tensor) -> Tensor:
        return self.absolute + self.relative * wanted.abs()


# A right answer may order its sums differently or pass through numpy, hence a few hundred ulp.
TOLERANCES: dict[torch.dtype, Tolerance] = {
    torch.float64: Tolerance(1e-6, 1e-7),
    torch.float32: Tolerance(1e-4, 1e-5),
    torch.float16: Tolerance(1e-2, 1e-3),
    torch.bfloat16: Tolerance(2e-2, 1e-2),
}
EXACT = Tolerance(0.0, 0.0)


def tolerance(*dtypes: torch.dtype) -> Tolerance:
    """The loosest tolerance of the given dtypes; integers and booleans compare exactly."""
    return max((TOLERANCES.get(d, EXACT) for d in dtypes), key=lambda t: t.absolute)


def kind_of(value: Any) -> str:
    """How a value is named to a student: `torch.Tensor`, `tuple of 2`, `int`."""
    if isinstance(value, Tensor):
        return "torch.Tensor"
    if isinstance(value, np.ndarray):
        return "numpy.ndarray"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__} of {len(value)}"
    return "None" if value is None else type(value).__name__


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def difference(got: Any, wanted: Any, *, within: Tolerance | None = None) -> str | None:
    """Say how `got` differs from `wanted`, or None when they agree.

    Tensors agree when shape and device are equal, both are floating (any width), both integer or both
    boolean, and every element is within the tolerance of the coarser dtype (or `within`).
    A NaN agrees only with a NaN, an infinity with the same infinity. Containers agree element by element;
    lists and tuples are interchangeable.
    """
    if isinstance(wanted, Tensor):
        return _tensor_difference(got, wanted, within)
    if is_number(wanted):
        return _number_difference(got, wanted, within)
    if isinstance(wanted, (list, tuple)):
        return _sequence_difference(got, wanted, within)
    if isinstance(wanted, dict):
        return _dict_difference(got, wanted, within)
    if type(got) is not type(wanted):
        return f"{kind_of(got)}, wanted {kind_of(wanted)}"
    return None if got == wanted else f"{got!r}, wanted {wanted!r}"


def _family(dtype: torch.dtype) -> str:
    if dtype.is_floating_point:
        return "floating-point"
    return "boolean" if dtype is torch.bool else "integer"


def _tensor_difference(got: Any, wanted: Tensor, within: Tolerance | None) -> str | None:
    if not isinstance(got, Tensor):
        return f"{kind_of(got)}, wanted torch.Tensor of shape {tuple(wanted.shape)}"
    if got.shape != wanted.shape:
        return f"shape {tuple(got.shape)}, wanted {tuple(wanted.shape)}"
    if got.device != wanted.device:
        return f"device {got.device}, wanted {wanted.device}"
    if _family(got.dtype) != _family(wanted.dtype):
        return f"dtype {got.dtype} is {_family(got.dtype)}, wanted {_family(wanted.dtype)}"
    return _worst_element(got, wanted, within or tolerance(got.dtype, wanted.dtype))


def _worst_element(got: Tensor, wanted: Tensor, allowed: Tolerance) -> str | None:
    if got.numel() == 0:
        return None
    g, w = got.detach().to(torch.float64), wanted.detach().to(torch.float64)
    if bool(((g - w).abs() <= allowed.allowance(w)).all()) and bool(w.isfinite().all()):
        return None
    bad_kind = (g.isnan() != w.isnan()) | (g.isinf() != w.isinf()) | (g.isinf() & (g != w))
    if bool(bad_kind.any()):
        at = _index(int(bad_kind.flatten().int().argmax()), g.shape)
        return f"{_element(at)}{g[at].item():g}, wanted {w[at].item():g}"
    finite = g.isfinite()
    excess = torch.where(finite, (g - w).abs() - allowed.allowance(w), -torch.inf)
    if not bool((excess > 0).any()):
        return None
    at = _index(int(excess.argmax()), g.shape)
    off, allowance = (g[at] - w[at]).abs().item(), allowed.allowance(w[at]).item()
    count = int((excess > 0).sum())
    many = f"; {count} of {g.numel()} elements differ" if g.numel() > 1 else ""
    return (
        f"{_element(at)}{_shown(got[at])}, wanted {_shown(wanted[at])}"
        f" (difference {off:.3g}, allowed {allowance:.1g}){many}"
    )


def _shown(value: Tensor) -> str:
    return f"{value.item():.6g}" if value.dtype.is_floating_point else str(value.item())


def _index(flat: int, shape: torch.Size) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(flat, tuple(shape))) if shape else ()


def _element(at: tuple[int, ...]) -> str:
    return f"element [{', '.join(map(str, at))}] is " if at else ""


def _number_difference(got: Any, wanted: float, within: Tolerance | None) -> str | None:
    if isinstance(got, Tensor) and got.ndim == 0:
        got = got.item()
    if not is_number(got):
        return f"{kind_of(got)}, wanted a number"
    allowed = within or (EXACT if isinstance(wanted, int) else TOLERANCES[torch.float32])
    return _worst_element(
        torch.tensor(float(got), dtype=torch.float64),
        torch.tensor(float(wanted), dtype=torch.float64),
        allowed,
    )


def _sequence_difference(got: Any, wanted: Any, within: Tolerance | None) -> str | None:
    if not isinstance(got, (list, tuple)):
        return f"{kind_of(got)}, wanted {kind_of(wanted)}"
    if len(got) != len(wanted):
        return f"{len(got)} elements, wanted {len(wanted)}"
    for i, (g, w) in enumerate(zip(got, wanted, strict=True)):
        if found := difference(g, w, within=within):
            return f"[{i}]: {found}"
    return None


def _dict_difference(got: Any, wanted: dict[Any, Any], within: Tolerance | None) -> str | None:
    if not isinstance(got, dict):
        return f"{kind_of(got)}, wanted dict"
    if missing := [k for k in wanted if k not in got]:
        return f"key {missing[0]!r} is missing"
    if extra := [k for k in got if k not in wanted]:
        return f"key {extra[0]!r} was not expected"
    for key, value in wanted.items():
        if found := difference(got[key], value, within=within):
            return f"[{key!r}]: {found}"
    return None
