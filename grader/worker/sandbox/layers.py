"""Which layers this system gives: each is tried in a process that is thrown away, and what it refuses is told."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from grader.worker.process import Limits
from grader.worker.sandbox import calls, inner, landlock, outer, seccomp
from grader.worker.sandbox.inner import World
from grader.worker.sandbox.outer import WORKER_UIDS, Missing
from grader.worker.sandbox.view import View

NAMESPACES = ("user namespace", "mount namespace", "process namespace", "network namespace")


@dataclass(frozen=True)
class Layer:
    """One layer of the sandbox: whether it is active, and why not or in which form."""

    name: str
    active: bool
    detail: str = ""


@dataclass(frozen=True)
class Found:
    """What a system gives: the world for workers, and all layers for the report."""

    world: World
    layers: tuple[Layer, ...]

    def as_data(self) -> dict[str, Any]:
        return {"level": self.world.level, "layers": [asdict(layer) for layer in self.layers]}


def examine(view: View, folder: str, *, ceiling: int, devices: bool = False) -> Found:
    """Find the strongest level up to `ceiling` and say which layers it has.

    folder  the grader's own folder
    """
    if sys.platform != "linux":
        return Found(World(1, view), (Layer("sandbox", False, f"there is none for {sys.platform} yet"),))
    basics = [_landlock(), _seccomp()]
    worlds = _worlds(view, devices, ceiling, basics)
    refused: list[Missing] = []
    for world in worlds:
        missing = _rehearsed(world, folder)
        if missing is None:
            return Found(world, tuple(_layers(world, basics, refused)))
        refused.append(missing)
    raise AssertionError("level 1 needs nothing")


def _worlds(view: View, devices: bool, ceiling: int, basics: list[Layer]) -> Iterator[World]:
    """Worlds to try, the strongest first."""
    has_landlock, has_seccomp = (layer.active for layer in basics)
    users = [WORKER_UIDS, None] if os.getuid() == 0 else [None]
    for level in range(ceiling, 1, -1):
        if has_seccomp and (has_landlock or level == 3):
            yield from (World(level, view, uid, devices, has_landlock) for uid in users)
    yield World(1, view, None, devices)


# ---------------------------------------------------------------- trying


def _rehearsed(world: World, folder: str) -> Missing | None:
    """Put a process into the world and let it look around; what was refused, or None."""
    if world.level == 1:
        return None
    reported = _in_a_fork(lambda: _rehearse(world, folder))
    return Missing(*reported) if reported else None


def _rehearse(world: World, folder: str) -> list[str]:
    wanted = _importable(world.view)
    limits = Limits()
    if world.level == 3:
        own = world.uid and world.uid + os.getpid()
        inside = outer.enter(world.view, folder, uid=own)
        if inside:  # the innermost one reports
            os.waitpid(inside, 0)
            os._exit(0)
        inner.rearm(os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC))
        worker = os.fork()
        if worker:
            os.waitpid(worker, 0)
            os._exit(0)
    inner.confine(world, limits, folder)
    unreadable = [path for path in wanted if not _readable(path)]
    return (
        ["own user" if world.uid else "mount namespace", f"{unreadable[0]} cannot be read"]
        if unreadable
        else []
    )


def _importable(view: View) -> list[str]:
    """What a worker must be able to read to import anything."""
    paths = [os.__file__, *(p for p in sys.path if Path(p).is_dir())]
    return [path for path in paths if view.shows(path)]


def _readable(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError:
        return False
    return True


def _in_a_fork(attempt: Callable[[], list[str]]) -> list[str]:
    """What `attempt` returns in a forked process, or the layer and reason of a Missing it raises."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            said = attempt()
        except Missing as e:
            said = [e.layer, e.reason]
        except BaseException as e:
            said = ["sandbox", repr(e)[:300]]
        os.write(writing, json.dumps(said).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return list(json.loads(data)) if data else ["sandbox", "the process that tried it was ended"]


def _landlock() -> Layer:
    try:
        return Layer("Landlock", True, f"interface {landlock.version()}")
    except OSError as e:
        return Layer("Landlock", False, e.strerror or str(e))


def _seccomp() -> Layer:
    try:
        program = seccomp.filter_program(seccomp.Policy(private=True))
    except KeyError:
        return Layer("seccomp", False, f"no list of system calls for {os.uname().machine}")

    def attempt() -> list[str]:
        with outer.layer("seccomp"):
            calls.install_filter(program)
        return []

    refused = _in_a_fork(attempt)
    return Layer("seccomp", not refused, refused[1] if refused else "")


# ---------------------------------------------------------------- telling


def _layers(world: World, basics: list[Layer], refused: list[Missing]) -> Iterator[Layer]:
    by_name = {m.layer: m.reason for m in reversed(refused)}
    stopped = ""
    for name in NAMESPACES:
        if world.level == 3:
            yield Layer(name, True)
        elif name in by_name:
            yield Layer(name, False, by_name[name])
            stopped = name
        else:
            yield Layer(name, False, f"not without the {stopped}" if stopped else "not asked for")
    for layer in basics:
        yield (
            layer
            if world.level >= 2 or not layer.active
            else replace(layer, active=False, detail="not used alone")
        )
    yield _own_user(world, by_name)


def _own_user(world: World, by_name: dict[str, str]) -> Layer:
    if world.uid is not None:
        return Layer("own user", True, f"from {world.uid} on")
    why = by_name.get(
        "own user", "only root can give workers another user" if os.getuid() else "not at this level"
    )
    return Layer("own user", False, why)
