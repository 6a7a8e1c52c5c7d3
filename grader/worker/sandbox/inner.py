"""The world of one worker: what a fork does to itself before it runs a student's code. Nothing of it can be undone.

level 3   namespaces within the outer ones, a scratch file system in memory, no capabilities, Landlock, seccomp
level 2   Landlock, seccomp, a user of its own where the grader is root
level 1   limits alone
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.worker.process import Limits, limit, settle
from grader.worker.sandbox import calls, landlock, outer, seccomp
from grader.worker.sandbox.outer import KERNEL, MOUNTED, PRIVATE, SCRATCH, SHARED_MEMORY, TERMINALS, layer
from grader.worker.sandbox.view import View

_FACTS = ("cpuinfo", "meminfo", "stat", "version", "filesystems", "sys/vm", "sys/kernel/pid_max", "driver")


@dataclass(frozen=True)
class World:
    """What every worker of a grader is put into.

    level     3, 2 or 1
    view      what it may read
    uid       when the grader is root: the first of the users that workers run as; None: the grader's own
    devices   GPUs are to be used
    landlock  whether the system has it (level 2 always does)
    """

    level: int
    view: View
    uid: int | None = None
    devices: bool = False
    landlock: bool = True


def rearm(own: int) -> None:
    """At level 3, before each fork: the next child is process 1 of a new process namespace.

    own  descriptor of the caller's own process namespace
    """
    calls.setns(own, calls.NEWPID)
    calls.unshare(calls.NEWPID)


def confine(world: World, limits: Limits, scratch: str, *, kernel: str = "", lifeline: int = -1) -> str:
    """Confine this fork, and all it starts. Raises outer.Missing for a layer that worked when the grader started.

    scratch   at levels 1 and 2, its own folder
    kernel    the folder for a notebook kernel's sockets, as the caller sees it; "" for other workers
    lifeline  the reading end of a pipe whose writing end only the forking process holds
    returns   the kernel's folder as it is seen from inside
    """
    if world.level == 3:
        _enter_namespaces(limits, kernel)
        scratch, kernel = SCRATCH, KERNEL if kernel else ""
    settle(scratch)
    if world.level >= 2:
        _give_up_privileges(world, [scratch, kernel])
    if sys.platform == "linux":
        _end_with_parent(lifeline)
        _be_the_first_to_go()
    if world.level >= 2 and world.landlock:
        with layer("Landlock"):
            landlock.restrict(_rules(world, scratch, kernel))
    limit(limits, tasks=_can_count_tasks(world), memory=not world.devices)
    if world.level >= 2:
        with layer("seccomp"):
            calls.install_filter(seccomp.filter_program(policy(world, bool(kernel)), os.getpid()))
    return kernel


def policy(world: World, kernel: bool) -> seccomp.Policy:
    return seccomp.Policy(
        private=world.level == 3 or world.uid is not None,
        sockets="all" if world.level == 3 else "listen" if kernel or world.devices else "none",
        programs=kernel,
        devices=world.devices,
    )


# ---------------------------------------------------------------- the layers


def _enter_namespaces(limits: Limits, kernel: str) -> None:
    with layer("mount namespace"):
        calls.unshare(calls.NEWNS | calls.NEWIPC)
        if kernel:
            calls.mount(kernel, KERNEL, flags=calls.MS_BIND)
            calls.mount(
                "devpts", TERMINALS, "devpts", MOUNTED & ~calls.MS_NODEV, "newinstance,ptmxmode=666,mode=600"
            )
        calls.mount("tmpfs", PRIVATE, "tmpfs", MOUNTED | calls.MS_RDONLY, "mode=0,size=4k,nr_inodes=1")
        room = f"size={limits.scratch},nr_inodes={limits.files},mode=700"
        calls.mount("tmpfs", SCRATCH, "tmpfs", MOUNTED, room)
        calls.mount("tmpfs", SHARED_MEMORY, "tmpfs", MOUNTED, room)
    with layer("network namespace"):
        calls.unshare(calls.NEWNET)
    with layer("process namespace"):
        calls.mount("proc", "/proc", "proc", MOUNTED)
    with layer("user namespace"):
        outer.own_user_namespace()


def _give_up_privileges(world: World, own: list[str]) -> None:
    if world.level == 2 and world.uid is not None:
        with layer("own user"):
            user = world.uid + os.getpid()
            for folder in filter(None, own):
                os.chown(folder, user, user)
            outer.become(user)
            calls.prctl(calls.PR_SET_DUMPABLE, 1)  # its own /proc stays its own
    with layer("capabilities"):
        calls.drop_capabilities()
        calls.no_new_privileges()


def _end_with_parent(lifeline: int) -> None:
    """Never outlive the process that forked us (a change of user or capabilities would have cleared this)."""
    calls.prctl(calls.PR_SET_PDEATHSIG, signal.SIGKILL)
    if lifeline >= 0:
        os.set_blocking(lifeline, False)
        with contextlib.suppress(BlockingIOError):
            if not os.read(lifeline, 1):  # it ended before we could ask
                os._exit(1)
        os.close(lifeline)


def _be_the_first_to_go() -> None:
    """When memory runs out, the machine is to end workers and nothing else."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _rules(world: World, scratch: str, kernel: str) -> Iterator[tuple[str, int]]:
    if world.level == 3:
        yield "/", landlock.RUN
        yield SHARED_MEMORY, landlock.WRITE
        yield TERMINALS, landlock.DEVICE
    else:
        yield from world.view.openings()
        yield f"/proc/{os.getpid()}", landlock.READ
        yield from ((f"/proc/{name}", landlock.READ) for name in _FACTS)
        yield from ((f"/dev/{name}", landlock.READ) for name in outer.DEVICES)
    yield "/dev/null", landlock.DEVICE
    yield scratch, landlock.WRITE
    if world.devices:
        yield from ((path, landlock.DEVICE) for path, _ in world.view.entries if path.startswith("/dev/"))
        # CUDA does not start unless it can write the names of its threads, …/task/*/comm
        yield f"/proc/{os.getpid()}/task", landlock.OVERWRITE
    if kernel:
        yield kernel, landlock.SOCKETS


def _can_count_tasks(world: World) -> bool:
    """Whether the kernel's limit on processes, which counts a user's and spares root, would count this worker's alone."""
    if os.getuid() == 0 or world.level == 1:
        return False
    release = tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2])
    return world.uid is not None or (world.level == 3 and release >= (5, 14))
