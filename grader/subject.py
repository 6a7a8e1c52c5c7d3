"""The one narrow seam to a student's code.

A `Subject` answers requests (`ask`). Three of them exist: `WorkerSubject` (grader.host, a process),
`LocalSubject` (this process: the reference), and a `LocalSubject` over a dict for tests:
`fake({"box_iou": wrong_iou})`. Checks never see them; they see a `Student`, on which every name is a
function: `student.box_iou(a, b)`.
"""

from __future__ import annotations

import hashlib
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from torch import Tensor

from grader.errors import Crashed, Diverged, NotAttempted, OutOfMemory, StudentHalt, WorkerError
from grader.model import Scene
from grader.questions import Bundle, RawReply, Replies
from grader.worker.codec import CodecError, Decoder, Encoder, parse_header
from grader.worker.execute import Executor

MOST_REMEMBERED = 256 << 20
"""bytes of answers"""


@dataclass(frozen=True)
class Usage:
    """CPU seconds used so far, and the most bytes of memory held; 0 where the system does not tell."""

    cpu_seconds: float
    peak_memory: int


class Subject(ABC):
    """Answers one request at a time with one reply."""

    @property
    def level(self) -> int | None:
        """The level of the sandbox it runs in; None for code that is trusted."""
        return None

    @abstractmethod
    def ask(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Send a request, return the reply. Raises StudentHalt when the worker is gone."""

    def ask_all(self, bundle: Bundle) -> Replies:
        """The replies to many requests, as far as they came. Subjects to which the way is long send them together."""
        replies: list[RawReply] = []
        try:
            for header, body in bundle.questions:
                replies.append(RawReply.of(*self.ask(parse_header(header), body)))
        except StudentHalt as halt:
            return Replies.of(replies, halt)
        return Replies.of(replies)

    @abstractmethod
    def begin_check(self, seconds: float) -> None:
        """A new check starts: forget the objects of the last one; `seconds` is all it may take."""

    @abstractmethod
    def close(self) -> None:
        """End it; nothing it started stays."""

    def prepare(self, scene: Scene | None) -> None:  # noqa: B027 (trusted code needs no scene)
        """Before anything is asked: set the scene for student code, and begin what takes time."""

    def usage(self) -> Usage:
        """What it has used so far."""
        return Usage(time.process_time(), 0)

    def start_anew(self) -> None:  # noqa: B027 (most subjects have nothing to do)
        """Be as if nothing had been asked yet, where that can be had cheaply."""

    hear: Callable[[int, int], None] = staticmethod(lambda done, total: None)
    """is told how far a long call is: (steps done, steps), by the untrusted side"""


class LocalSubject(Subject):
    """Runs in this process, through the same codec as a worker: for trusted code only."""

    def __init__(self, namespaces: dict[str, Mapping[str, Any]]) -> None:
        self._executor = Executor(namespaces)

    def ask(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        self._executor.tell = self.hear
        return self._executor.handle(header, body)

    def begin_check(self, seconds: float) -> None:
        self._executor.handle({"op": "release"}, b"")

    def close(self) -> None:
        self._executor.handle({"op": "release"}, b"")


def fake(functions: Mapping[str, Any]) -> LocalSubject:
    """A subject made of the given functions, for tests of the checks and of the engine."""
    return LocalSubject({"fake": functions})


class RememberingSubject(LocalSubject):
    """Answers a question that it was asked before as it did then: for the reference, whose answers never change.

    Only plain calls are remembered: what makes or uses objects that stay in the process is asked again.

    listen  is told every question and its answer
    """

    def __init__(
        self,
        namespaces: dict[str, Mapping[str, Any]],
        listen: Callable[[dict[str, Any], bytes, tuple[dict[str, Any], bytes]], None] | None = None,
    ) -> None:
        super().__init__(namespaces)
        self._listen = listen
        self._known: dict[bytes, tuple[dict[str, Any], bytes]] = {}
        self._size = 0

    def ask(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        found = self._answer(header, body)
        if self._listen is not None:
            self._listen(header, body, found)
        return found

    def _answer(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        if header["op"] not in ("call", "which"):
            return super().ask(header, body)
        text = json.dumps(header)
        if '"handle"' in text or '"support"' in text:
            return super().ask(header, body)
        key = hashlib.blake2b(body, key=hashlib.blake2b(text.encode()).digest()).digest()
        found = self._known.get(key)
        if found is None:
            found = super().ask(header, body)
            if (
                "fault" not in found[0]
                and '"handle"' not in json.dumps(found[0])
                and self._size < MOST_REMEMBERED
            ):
                self._known[key] = found
                self._size += len(found[1]) + len(text)
        return found


@dataclass
class Call:
    """The last call a check made, for the report."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    value: Any = None
    changed: list[str] = field(default_factory=list)


@dataclass
class Place:
    """Where a check looks for names: the section's module, the exercise, and its seed."""

    module: str = ""
    exercise: str | None = None
    seed: int = 0
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    support: tuple[Path, ...] = ()


class Student:
    """What a check calls: every public name is a function of the student's.

    student.box_iou(a, b)      calls it with copies, returns plain values; objects that are not data come
                               back as `StudentObject`
    student.at_seed(7).f(x)    the same with other random numbers; every call is seeded alike otherwise
    student.support.f(x)       runs a function of the course's support module beside the student's code
    student.before_loading.f() the same before the student's files and cells run, to set the scene for them
    student.function("f")      the function itself as an object, for the support module to call
    student.parameters("f")    the names of its parameters
    student.vjp("f", x)        value and gradients
    student.changed            which arguments the last call changed in place

    ours  this is the reference: what fails there is no fault of a student's
    """

    def __init__(self, subject: Subject, place: Place | None = None, *, ours: bool = False) -> None:
        self._subject = subject
        self._place = place or Place()
        self._ours = ours
        self._seed_shift = 0
        self._names: dict[str, str] = {}
        self._calls: list[Call] = []
        self._support: dict[bool, str] = {}

    # -- for checks

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._call(name, self._named(name), args, kwargs)

    @property
    def changed(self) -> list[str]:
        return list(self._calls[-1].changed) if self._calls else []

    @property
    def support(self) -> Support:
        return Support(self)

    @property
    def before_loading(self) -> Support:
        return Support(self, early=True)

    def function(self, name: str) -> StudentObject:
        """The student's function `name`, to be handed to course code in the worker."""
        found = self._ask({"op": "function", "target": self._named(name)}, b"")[0]
        if not isinstance(found, StudentObject):
            raise WorkerError(f"the worker sent no function for {name}")
        return found

    def parameters(self, name: str) -> list[str]:
        """The parameters that the student's function `name` takes, as far as Python can tell."""
        found = self._ask({"op": "signature", "target": self._named(name)}, b"")[0]
        return [str(n) for n in found] if isinstance(found, list) else []

    def at_seed(self, shift: int) -> Student:
        other = Student(self._subject, self._place, ours=self._ours)
        other._seed_shift, other._names, other._calls = shift, self._names, self._calls
        other._support = self._support
        return other

    def has(self, name: str) -> bool:
        """Whether the student defined `name` (under this name or an alias)."""
        return self._resolve(name) is not None

    def vjp(
        self,
        target: str | StudentObject,
        *args: Any,
        cotangent: Tensor | list[Tensor] | None = None,
        **kwargs: Any,
    ) -> Gradients:
        """Call `target` and differentiate ⟨result, cotangent⟩ (ones by default).

        Tensors in nested lists count one by one: `cotangent` has one for each of the result, and `inputs` a gradient
        for each of the arguments, None where the result does not depend on it or is not differentiable.
        """
        where = self._named(target) if isinstance(target, str) else {"handle": target.id}
        encoder = Encoder(_known_object)
        request = self._request("vjp", where, args, kwargs, encoder)
        request["cotangent"] = encoder.encode(cotangent)
        name = target if isinstance(target, str) else target.type
        call = Call(name, args, kwargs)
        self._calls[:] = [call]
        found = self._ask(request, encoder.body())[0]
        if not isinstance(found, dict) or found.keys() != {"value", "inputs", "parameters"}:
            raise Crashed("unusable result", "gradients could not be read")
        call.value = found["value"]
        return Gradients(found["value"], found["inputs"], found["parameters"])

    def write_files(self, files: Mapping[str, bytes]) -> str:
        """Write `files` (relative path → content) into a fresh folder of the worker; returns its path."""
        encoder = Encoder()
        request = {"op": "write", "files": encoder.encode(dict(files))}
        path = self._ask(request, encoder.body())[0]
        if not isinstance(path, str):
            raise WorkerError("the worker did not name its scratch folder")
        return path

    # -- for the plugin

    def _last_call(self) -> Call | None:
        return self._calls[-1] if self._calls else None

    def _recall(self, call: Call | None) -> None:
        """This call is the one to report."""
        self._calls[:] = [call] if call else []

    def _enter(self, subject: Subject, place: Place) -> None:
        """A new check begins, perhaps on another subject."""
        self._subject, self._place = subject, place
        self._names.clear()
        self._support.clear()
        self._calls.clear()

    # -- the machinery

    def _resolve(self, name: str) -> str | None:
        if name not in self._names:
            names = [name, *self._place.aliases.get(name, ())]
            request = {
                "op": "which",
                "names": names,
                "module": self._place.module,
                "exercise": self._place.exercise,
            }
            found = self._ask(request, b"")[0]
            if not isinstance(found, str) or found not in names:
                return None
            self._names[name] = found
        return self._names[name]

    def _named(self, name: str) -> dict[str, Any]:
        found = self._resolve(name)
        if found is None:
            raise NotAttempted(f"{name} is not defined")
        return {"name": found, "module": self._place.module, "exercise": self._place.exercise}

    def _request(
        self, op: str, target: dict[str, Any], args: Any, kwargs: Any, encoder: Encoder
    ) -> dict[str, Any]:
        encode = encoder.encode
        return {
            "op": op,
            "target": target,
            "args": [encode(a) for a in args],
            "kwargs": encode(kwargs),
            "seed": (self._place.seed + 1_000_003 * self._seed_shift) % (1 << 63),
        }

    def _call(
        self,
        name: str,
        target: dict[str, Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        early: bool = False,
    ) -> Any:
        call = Call(name, args, kwargs)
        self._calls[:] = [call]
        encoder = Encoder(_known_object)
        request = self._request("call", target, args, kwargs, encoder) | {"early": early}
        call.value, reply = self._ask(request, encoder.body())
        changed = reply.get("changed")
        call.changed = [str(c)[:40] for c in changed] if isinstance(changed, list) else []
        return call.value

    def _ask(self, request: dict[str, Any], body: bytes) -> tuple[Any, dict[str, Any]]:
        reply, data = self._subject.ask(request, body)
        if "fault" in reply and self._ours:
            raise WorkerError(
                f"the reference: {reply.get('kind', reply['fault'])}: {reply.get('message', '')}"[:2000]
            )
        if "fault" in reply:
            _raise_fault(reply)
        try:
            decoder = Decoder(data, lambda i, kind, can_call: StudentObject(self, i, kind, can_call))
            return decoder.decode(reply.get("value")), reply
        except CodecError as e:
            raise Crashed("unusable result", str(e)) from e

    def _ensure_support(self, early: bool) -> str:
        """Load the course's modules beside the student's code; the last one is asked, it may import the others.

        Once a check is enough: a worker that is lost ends the check.
        """
        if early in self._support:
            return self._support[early]
        name = ""
        for path in self._place.support:
            if not path.is_file():
                raise WorkerError(f"this section has no support module ({path})")
            name = f"course_support_{path.stem}"
            source = path.read_text(encoding="utf-8")
            self._ask({"op": "support", "name": name, "source": source, "early": early}, b"")
        if not name:
            raise WorkerError("this section has no support module")
        self._support[early] = name
        return name


def _known_object(value: Any) -> int:
    """Arguments are data, or objects the worker made earlier in the same check."""
    if isinstance(value, StudentObject):
        return value.id
    raise TypeError(f"{type(value).__name__} cannot be sent to student code")


def _raise_fault(reply: dict[str, Any]) -> NoReturn:
    """The exception a `fault` reply stands for; all of its text is the student's and stays text."""
    message = str(reply.get("message", ""))[:2000]
    if reply["fault"] == "not_attempted":
        raise NotAttempted(message)
    if reply["fault"] == "diverged":
        raise Diverged(message)
    if reply["fault"] == "out_of_memory":
        raise OutOfMemory(message)
    trace = reply.get("trace")
    lines = tuple(str(line)[:300] for line in trace[:20]) if isinstance(trace, list) else ()
    raise Crashed(str(reply.get("kind", "Exception"))[:80], message, lines)


class StudentObject:
    """An object that stays with the student's code: a net, a transform, a data set.

    net(x)                calls it
    net.call("eval")      calls a method (`data.call("__len__")` too)
    net.get("classes")    reads an attribute
    net.state()           parameters, buffers and mode of an nn.Module
    """

    def __init__(self, student: Student, id: int, type: str, callable: bool) -> None:
        self._student, self.id, self.type, self.callable = student, id, type, callable

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._student._call(self.type, {"handle": self.id}, args, kwargs)

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return self._student._call(
            f"{self.type}.{method}", {"handle": self.id, "method": method}, args, kwargs
        )

    def get(self, name: str) -> Any:
        return self._student._ask({"op": "get", "handle": self.id, "name": name}, b"")[0]

    def state(self) -> ModuleState:
        found = self._student._ask({"op": "state", "handle": self.id}, b"")[0]
        return ModuleState.of(found)

    def __repr__(self) -> str:
        return f"<{self.type} of the student>"


@dataclass(frozen=True)
class ModuleState:
    """What an nn.Module holds, as plain tensors.

    trained names of the parameters that require gradients; training True in train mode
    """

    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    trained: tuple[str, ...]
    training: bool

    @classmethod
    def of(cls, found: Any) -> ModuleState:
        try:
            tensors = {part: dict(found[part]) for part in ("parameters", "buffers")}
            if not all(isinstance(v, Tensor) for part in tensors.values() for v in part.values()):
                raise TypeError
            return cls(
                tensors["parameters"],
                tensors["buffers"],
                tuple(map(str, found["trained"])),
                found["training"] is True,
            )
        except (KeyError, TypeError, ValueError) as e:
            raise Crashed("unusable result", "the module's parameters could not be read") from e


class Support:
    """The course's own functions that run beside the student's code (nets, loaders, optimiser steps)."""

    def __init__(self, student: Student, *, early: bool = False) -> None:
        self._student, self._early = student, early

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            target = {"support": self._student._ensure_support(self._early), "name": name}
            return self._student._call(name, target, args, kwargs, early=self._early)

        return call


@dataclass(frozen=True)
class Gradients:
    """Result of `Student.vjp`: untrusted, prove its parts with grader.checks."""

    value: Any
    inputs: Any
    parameters: Any
