"""Runs requests against the student's names. Knows nothing of processes, sockets or verdicts.

The same `Executor` serves a worker process, a notebook kernel and, in the trusted process, the reference;
so a request means the same thing everywhere.
"""

from __future__ import annotations

import inspect
import random
import shutil
import sys
import tempfile
import traceback
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from grader.worker.codec import CodecError, Decoder, Encoder
from grader.worker.watch import Diverged

STUDENT_FILE = "<student>"
TRACE_LINES = 12


class UnknownName(LookupError):
    """The student has not defined this name."""


class Executor:
    """Answers requests about the names in `namespaces`.

    namespaces  module name → the globals a module or notebook left behind
    answers     exercise id → names its own answer cells defined; they win over later definitions
    tell        how a long call says how far it is: (steps done, steps)
    """

    def __init__(
        self,
        namespaces: Mapping[str, Mapping[str, Any]] | None = None,
        answers: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        self.namespaces = namespaces if namespaces is not None else {}
        self.answers = answers if answers is not None else {}
        self.tell: Callable[[int, int], None] = lambda done, total: None
        self._handles: dict[int, Any] = {}
        self._last_handle = 0
        self._support: dict[str, types.ModuleType] = {}
        self._scratch: list[str] = []

    def handle(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """One request in, one reply out; an exception of the student's becomes a `fault` reply."""
        encoder = Encoder(self._keep)
        try:
            operation = _OPERATIONS[header["op"]]
            value, extra = operation(self, header, Decoder(body, lambda i, *_: self._handles[i]))
            return {"value": encoder.encode(value), **extra}, encoder.body()
        except BaseException as e:
            return fault(e), b""

    # -- operations

    def _call(self, header: dict[str, Any], decoder: Decoder) -> tuple[Any, dict[str, Any]]:
        args, kwargs = decoder.decode(header["args"]), decoder.decode(header["kwargs"])
        _seed(header["seed"])
        value = self._target(header["target"])(*args, **kwargs)
        return value, {"changed": _changed(header, decoder, args, kwargs)}

    def _vjp(self, header: dict[str, Any], decoder: Decoder) -> tuple[Any, dict[str, Any]]:
        """Value, and gradients of ⟨value, cotangent⟩ with respect to the arguments and the parameters.

        Tensors within lists, tuples and dicts take part too, in their order.
        """
        args, cotangent = decoder.decode(header["args"]), decoder.decode(header["cotangent"])
        kwargs = decoder.decode(header["kwargs"])
        _seed(header["seed"])
        inputs = [t for t in _tensors(args) if t.dtype.is_floating_point]
        for tensor in inputs:
            tensor.requires_grad_(True)
        target = self._target(header["target"])
        value = target(*args, **kwargs)
        parameters = dict(target.named_parameters()) if isinstance(target, torch.nn.Module) else {}
        trained = {n: p for n, p in parameters.items() if p.requires_grad}
        gradients = _gradients(value, cotangent, [*inputs, *trained.values()])
        by_name = dict(zip(trained, gradients[len(inputs) :], strict=True))
        return {"value": value, "inputs": gradients[: len(inputs)], "parameters": by_name}, {}

    def _get(self, header: dict[str, Any], decoder: Decoder) -> tuple[Any, dict[str, Any]]:
        return getattr(self._handles[header["handle"]], header["name"]), {}

    def _state(self, header: dict[str, Any], decoder: Decoder) -> tuple[Any, dict[str, Any]]:
        module = self._handles[header["handle"]]
        if not isinstance(module, torch.nn.Module):
            raise TypeError(f"wanted an nn.Module, got {type(module).__name__}")
        return {
            "parameters": dict(module.named_parameters()),
            "buffers": dict(module.named_buffers()),
            "trained": [n for n, p in module.named_parameters() if p.requires_grad],
            "training": bool(module.training),
        }, {}

    def _which(self, header: dict[str, Any], decoder: Decoder) -> tuple[Any, dict[str, Any]]:
        """Which of some names the student wrote: the nearest definition counts, then the order of the names."""
        for place in self._places(header["module"], header["exercise"]):
            for name in header["names"]:
                if _written_in(place, name):
                    return name, {}
        return None, {}

    def _function(self, header: dict[str, Any], decoder: Decoder) -> tuple[Any, dict[str, Any]]:
        """The student's function itself, for course code that calls it here (a loss, an augmentation)."""
        return self._target(header["target"]), {}

    def _signature(self, header: dict[str, Any], decoder: Decoder) -> tuple[Any, dict[str, Any]]:
        """Names of a function's parameters; empty where Python cannot tell."""
        try:
            return list(inspect.signature(self._target(header["target"])).parameters), {}
        except (TypeError, ValueError):
            return [], {}

    def _write(self, header: dict[str, Any], decoder: Decoder) -> tuple[Any, dict[str, Any]]:
        """Write files into a fresh folder of the worker's own and return its path."""
        folder = tempfile.mkdtemp(prefix="grade-")
        self._scratch.append(folder)
        for name, content in decoder.decode(header["files"]).items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder, {}

    def _load_support(self, header: dict[str, Any], decoder: Decoder) -> tuple[Any, dict[str, Any]]:
        if header["name"] in self._support:
            return None, {}
        module = types.ModuleType(header["name"])
        module.__dict__["tell"] = lambda done, total: self.tell(done, total)
        sys.modules[header["name"]] = module
        exec(compile(header["source"], f"<course {header['name']}>", "exec"), module.__dict__)
        self._support[header["name"]] = module
        return None, {}

    def _release(self, header: dict[str, Any], decoder: Decoder) -> tuple[Any, dict[str, Any]]:
        """Forget every object and every scratch file of the check that has ended."""
        self._handles.clear()
        while self._scratch:
            shutil.rmtree(self._scratch.pop(), ignore_errors=True)
        return None, {}

    # -- lookup

    def _keep(self, value: Any) -> int:
        self._last_handle += 1
        self._handles[self._last_handle] = value
        return self._last_handle

    def _target(self, target: dict[str, Any]) -> Any:
        if "handle" in target:
            found = self._handles[target["handle"]]
            return getattr(found, target["method"]) if target.get("method") else found
        if "support" in target:
            return getattr(self._support[target["support"]], target["name"])
        return self._find(target["name"], target["module"], target["exercise"])

    def _find(self, name: str, module: str, exercise: str | None) -> Any:
        for place in self._places(module, exercise):
            if _written_in(place, name):
                return place[name]
        raise UnknownName(name)

    def _places(self, module: str, exercise: str | None) -> Iterator[Mapping[str, Any]]:
        """Where a name may stand, nearest first: the exercise's own cells, its module, any other module."""
        if exercise in self.answers:
            yield self.answers[exercise]
        if module in self.namespaces:
            yield self.namespaces[module]
        for other, place in self.namespaces.items():
            if other != module:
                yield place


def _written_in(place: Mapping[str, Any], name: str) -> bool:
    found = place.get(name)
    return found is not None and not _from_the_book(found)


def _from_the_book(value: Any) -> bool:
    """The book's package defines some answers itself; a student's answer is the student's own."""
    return str(getattr(value, "__module__", "")).partition(".")[0] == "d2l"


def _seed(seed: int) -> None:
    """Seed every global generator. torch.manual_seed would format a stack trace for CUDA's later use in each call."""
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # torch has no types for it
        torch.cuda.manual_seed_all(seed)
    np.random.seed(seed % (1 << 32))
    random.seed(seed)


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    """The tensors in a value, also within lists, tuples and dicts."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _tensors(part)


def _gradients(value: Any, cotangent: Any, wrt: list[torch.Tensor]) -> list[torch.Tensor | None]:
    outputs = list(_tensors(value))
    weights = [cotangent] if isinstance(cotangent, torch.Tensor) else cotangent or [None] * len(outputs)
    pairs = [(o, w) for o, w in zip(outputs, weights, strict=False) if o.requires_grad]
    if not pairs or not wrt:
        return [None] * len(wrt)
    # given weights, autograd.grad would import torch's symbolic shapes, and sympy with them: most of a second
    roots = [o.sum() if w is None else (o * w.to(o.dtype).reshape(o.shape)).sum() for o, w in pairs]
    return list(torch.autograd.grad(roots, wrt, allow_unused=True))


def _changed(header: dict[str, Any], decoder: Decoder, args: Any, kwargs: Any) -> list[str]:
    """Which arguments differ from what was sent. Numbers and texts cannot."""
    named = [
        (f"argument {i + 1}", a, tree)
        for i, (a, tree) in enumerate(zip(args, header["args"], strict=True))
        if isinstance(tree, (dict, list))
    ]
    named += [
        (f"argument {k}", kwargs[k], tree)
        for k, tree in header["kwargs"]["v"]
        if isinstance(tree, (dict, list))
    ]
    return [name for name, now, tree in named if not _same(now, tree, decoder)]


def _same(now: Any, tree: Any, decoder: Decoder) -> bool:
    """Whether a value still is what its tree says."""
    if isinstance(tree, list):
        return isinstance(now, list) and _all_same(now, tree, decoder)
    if not isinstance(tree, dict):
        return type(now) is type(tree) and (now == tree or (now != now and tree != tree))  # NaN is NaN
    match tree["t"]:
        case "tensor":
            return tree["device"] == "meta" or (isinstance(now, torch.Tensor) and decoder.is_same(now, tree))
        case "array":
            return isinstance(now, np.ndarray) and decoder.is_same(
                torch.from_numpy(np.array(now, order="C")), tree
            )
        case "tuple":
            return isinstance(now, tuple) and _all_same(now, tree["v"], decoder)
        case "dict":
            sent = {decoder.decode(k): v for k, v in tree["v"]}
            return (
                isinstance(now, dict)
                and now.keys() == sent.keys()
                and all(_same(now[k], v, decoder) for k, v in sent.items())
            )
    return True


def _all_same(now: Sequence[Any], trees: list[Any], decoder: Decoder) -> bool:
    return len(now) == len(trees) and all(_same(n, t, decoder) for n, t in zip(now, trees, strict=True))


def fault(error: BaseException) -> dict[str, Any]:
    """What an exception in student code is called in a reply."""
    if isinstance(error, (NotImplementedError, UnknownName)):
        return {"fault": "not_attempted", "message": str(error)[:500]}
    if isinstance(error, Diverged):
        return {"fault": "diverged", "message": _message(error)}
    if isinstance(error, MemoryError) or _is_torch_memory(error):
        return {"fault": "out_of_memory", "message": str(error)[:500]}
    if isinstance(error, CodecError):
        return {"fault": "crashed", "kind": "unusable result", "message": str(error)[:500], "trace": []}
    return {
        "fault": "crashed",
        "kind": type(error).__name__[:80],
        "message": _message(error),
        "trace": student_lines(error),
    }


def _is_torch_memory(error: BaseException) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in _message(error)
    )


def _message(error: BaseException) -> str:
    try:
        return str(error)[:2000]
    except BaseException:
        return "(the exception's own text could not be read)"


def student_lines(error: BaseException) -> list[str]:
    """The student's own lines of the traceback, outermost first: "file:12 in name: code"."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f.filename.startswith(STUDENT_FILE)]
    shown = [
        f"{f.filename.removeprefix(STUDENT_FILE + ' ')}:{f.lineno} in {f.name}: {f.line}"[:300] for f in own
    ]
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith(STUDENT_FILE):
        shown.append(
            f"{error.filename.removeprefix(STUDENT_FILE + ' ')}:{error.lineno}: {(error.text or '').strip()}"[
                :300
            ]
        )
    return shown[-TRACE_LINES:]


_OPERATIONS: dict[str, Callable[[Executor, dict[str, Any], Decoder], tuple[Any, dict[str, Any]]]] = {
    "call": Executor._call,
    "vjp": Executor._vjp,
    "get": Executor._get,
    "state": Executor._state,
    "which": Executor._which,
    "function": Executor._function,
    "signature": Executor._signature,
    "write": Executor._write,
    "support": Executor._load_support,
    "release": Executor._release,
}
