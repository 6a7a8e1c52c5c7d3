"""The words a graded property is written in: `tensor`, `agree`, `expect` and their relatives.

A property is a plain pytest function whose docstring is the sentence the student reads. It fetches a
value from the student, proves its form with `tensor`, `sequence`, `number` or `mapping`, and then judges
it with `agree` or `expect`. Each of them raises `Disagreement`, which carries what came back and what was wanted.

Nothing here trusts the value: it is hostile until its form is proved. Code in a property that fails
for another reason than a `Disagreement` is reported as the grader's own fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import torch
from torch import Tensor

from grader.compare import Tolerance, difference, is_number, kind_of

__all__ = [
    "Disagreement",
    "Tolerance",
    "agree",
    "expect",
    "fail",
    "mapping",
    "number",
    "sequence",
    "tensor",
    "text",
]


class Disagreement(AssertionError):
    """A property does not hold.

    message     one line: where, got, wanted, next step
    got, wanted values for the report, or None when the message says it all
    hint        a hint for just this symptom; the rubric's hints of the item come after it
    convention  the name of another convention by which the answer would be right, or None
    """

    def __init__(
        self,
        message: str,
        *,
        got: Any = None,
        wanted: Any = None,
        hint: str | None = None,
        convention: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.got, self.wanted = message, got, wanted
        self.hint, self.convention = hint, convention


def fail(message: str, *, got: Any = None, wanted: Any = None, hint: str | None = None) -> NoReturn:
    """The property does not hold: say why."""
    raise Disagreement(message, got=got, wanted=wanted, hint=hint)


def expect(
    condition: bool, message: str, *, got: Any = None, wanted: Any = None, hint: str | None = None
) -> None:
    """Require `condition`; otherwise the property fails with `message`."""
    if not condition:
        fail(message, got=got, wanted=wanted, hint=hint)


def agree(
    got: Any,
    wanted: Any,
    *,
    what: str = "",
    within: Tolerance | None = None,
    conventions: Mapping[str, Any] | None = None,
    hint: str | None = None,
) -> None:
    """Require `got` to equal `wanted` by the tolerance table of `grader.compare`.

    `within` loosens the table (say why at the call). `what` names the part compared, e.g. "class_labels".
    `conventions` maps the name of another convention to what it would give: a match is reported as
    *convention differs* with the book's rule instead of as a wrong value.
    """
    found = difference(got, wanted, within=within)
    if found is None:
        return
    for name, other in (conventions or {}).items():
        if difference(got, other, within=within) is None:
            raise Disagreement(
                f"convention differs: {name}", got=got, wanted=wanted, hint=hint, convention=name
            )
    raise Disagreement(f"{what}: {found}" if what else found, got=got, wanted=wanted, hint=hint)


def tensor(
    value: Any,
    shape: Sequence[int | None] | None = None,
    *,
    what: str = "the result",
    dtype: str | None = "floating",
    meaning: str = "",
) -> Tensor:
    """Prove that `value` is a finite tensor of this shape and return it.

    shape    expected sizes; None stands for any size
    dtype    "floating", "integer" (bool is not), "bool", or None for any
    meaning  added to a shape message: "one row per box of boxes1, one column per box of boxes2"
    """
    if not isinstance(value, Tensor):
        fail(f"{what} is {kind_of(value)}, wanted a torch.Tensor", got=value)
    if shape is not None and not _fits(value.shape, shape):
        wanted = (
            "("
            + ", ".join("any" if s is None else str(s) for s in shape)
            + ("," if len(shape) == 1 else "")
            + ")"
        )
        note = f": {meaning}" if meaning else ""
        fail(f"{what} has shape {tuple(value.shape)}, wanted {wanted}{note}", got=value)
    if dtype is not None and not _DTYPES[dtype](value):
        fail(f"{what} has dtype {value.dtype}, wanted {dtype}", got=value)
    if value.dtype.is_floating_point and not bool(value.isfinite().all()):
        fail(f"{what} holds NaN or infinity", got=value)
    return value


_DTYPES: dict[str, Callable[[Tensor], bool]] = {
    "floating": lambda t: t.dtype.is_floating_point,
    "integer": lambda t: not (t.dtype.is_floating_point or t.dtype.is_complex or t.dtype is torch.bool),
    "bool": lambda t: t.dtype is torch.bool,
}


def _fits(got: Sequence[int], wanted: Sequence[int | None]) -> bool:
    return len(got) == len(wanted) and all(w is None or g == w for g, w in zip(got, wanted, strict=True))


def sequence(value: Any, length: int | None = None, *, what: str = "the result") -> list[Any]:
    """Prove that `value` is a list or tuple (of `length` elements) and return it as a list."""
    if not isinstance(value, (list, tuple)):
        fail(
            f"{what} is {kind_of(value)}, wanted a tuple or list"
            + (f" of {length}" if length is not None else ""),
            got=value,
        )
    if length is not None and len(value) != length:
        fail(f"{what} has {len(value)} elements, wanted {length}", got=value)
    return list(value)


def number(value: Any, *, what: str = "the result") -> float:
    """Prove that `value` is a finite number (a Python number or a tensor of one element) and return it."""
    if isinstance(value, Tensor) and value.numel() == 1 and not value.dtype.is_complex:
        value = value.item()
    if not is_number(value):
        fail(f"{what} is {kind_of(value)}, wanted a number", got=value)
    if value != value or value in (float("inf"), float("-inf")):
        fail(f"{what} is {value}, wanted a finite number", got=value)
    return float(value)


def mapping(value: Any, keys: Sequence[Any] = (), *, what: str = "the result") -> dict[Any, Any]:
    """Prove that `value` is a dict that has `keys` and return it."""
    if not isinstance(value, dict):
        fail(f"{what} is {kind_of(value)}, wanted a dict", got=value)
    for key in keys:
        expect(key in value, f"{what} has no key {key!r}", got=value)
    return value


def text(value: Any, *, what: str = "the result") -> str:
    """Prove that `value` is a str and return it."""
    if not isinstance(value, str):
        fail(f"{what} is {kind_of(value)}, wanted a str", got=value)
    return value
