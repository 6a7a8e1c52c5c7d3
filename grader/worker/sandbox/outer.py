"""The world of the process that forks workers, at level 3: namespaces and a read-only file system of its own.

    started process ── own user, mount, process, network, IPC and host-name namespaces ── forks ──▶ process 1 in them

Process 1 imports torch and forks workers. When it ends, for whatever reason, the kernel ends everything below it.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.worker.process import settle
from grader.worker.sandbox import calls
from grader.worker.sandbox.view import View, is_within

SCRATCH, SHARED_MEMORY, KERNEL, TERMINALS = "/scratch", "/dev/shm", "/kernel", "/dev/pts"
PRIVATE = "/grade"  # what process 1 keeps from workers
ROOT_FOLDER, WORK_FOLDER = "root", "work"
DEVICES = ("null", "zero", "full", "random", "urandom")
MOUNTED = calls.MS_NOSUID | calls.MS_NODEV | calls.MS_NOEXEC
WORKER_UIDS = 0x7000_0000  # plus a process id: nobody's on any system, and no two graders' the same

_FLAGS = {
    "ro": calls.MS_RDONLY, "nosuid": calls.MS_NOSUID, "nodev": calls.MS_NODEV, "noexec": calls.MS_NOEXEC,
    "noatime": calls.MS_NOATIME, "nodiratime": calls.MS_NODIRATIME, "relatime": calls.MS_RELATIME,
}  # fmt: skip


class Missing(Exception):
    """A layer this system does not give, and why."""

    def __init__(self, layer: str, reason: str) -> None:
        super().__init__(f"{layer}: {reason}")
        self.layer, self.reason = layer, reason


@contextmanager
def layer(name: str) -> Iterator[None]:
    """Whatever the system refuses inside belongs to this layer."""
    try:
        yield
    except (OSError, KeyError) as e:
        raise Missing(name, str(e)) from e


def enter(view: View, folder: str, *, uid: int | None) -> int:
    """Leave the machine behind. Called in a process with one thread; returns in a fork that is process 1.

    view    what can be read from now on; the file system is read-only
    folder  the grader's own; its `WORK_FOLDER` stays writable, as `PRIVATE` (sockets of kernels lie in it)
    uid     become this user first (only root can)

    The caller's own process stays behind; it gets the child's pid, and 0 is returned in the child.
    Raises Missing for a layer the system refuses.
    """
    kinds = calls.NEWNS | calls.NEWPID | calls.NEWIPC | calls.NEWUTS
    if uid is None:
        with layer("user namespace"):
            own_user_namespace(calls.NEWNS)
        build(view, folder, os.getuid())
    else:  # root builds the view first: an ordinary user could not look into every folder
        with layer("mount namespace"):
            calls.unshare(calls.NEWNS)
        build(view, folder, uid)
        with layer("own user"):
            become(uid)
        with layer("user namespace"):
            own_user_namespace(calls.NEWNS)
    with layer("process namespace"):
        calls.unshare(kinds & ~calls.NEWNS)
        calls.set_host_name("grade")
    with layer("network namespace"):
        calls.unshare(calls.NEWNET)
    child = os.fork()
    if child:
        return child
    with layer("process namespace"):
        calls.mount("proc", "/proc", "proc", MOUNTED)
        calls.mount("tmpfs", SCRATCH, "tmpfs", MOUNTED, "size=64m,nr_inodes=4k,mode=700")  # imports want one
    settle(SCRATCH)
    return 0


def own_user_namespace(more: int = 0) -> None:
    """A user namespace in which this process is who it is, with every capability inside and none outside."""
    uid, gid = os.getuid(), os.getgid()
    calls.prctl(calls.PR_SET_DUMPABLE, 1)  # a change of user made /proc/self root's
    calls.unshare(calls.NEWUSER | more)
    with contextlib.suppress(FileNotFoundError):  # kernels before 3.19
        Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def become(uid: int) -> None:
    """As root: be another user, for good."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


# ---------------------------------------------------------------- the file system


def build(view: View, folder: str, uid: int) -> None:
    """Make `view` the root of this mount namespace. Raises Missing."""
    with layer("mount namespace"):
        calls.mount("", "/", flags=calls.MS_REC | calls.MS_PRIVATE)
        root = f"{folder}/{ROOT_FOLDER}"
        calls.mount("tmpfs", root, "tmpfs", calls.MS_NOSUID | calls.MS_NODEV, "mode=755,size=1m,nr_inodes=4k")
        for path, shown in view.entries:
            _show(root, path) if shown else _hide(root, path)
        _furnish(root, uid)
        _bind("/proc", f"{root}/proc")
        _bind(f"{folder}/{WORK_FOLDER}", f"{root}{PRIVATE}")
        os.chdir(root)
        calls.pivot_root(".", ".")
        calls.unmount(".")  # the old root, which lies on top
        os.chdir("/")
        _make_read_only()


def _show(root: str, path: str) -> None:
    target = Path(root + path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if Path(path).is_symlink():
        target.symlink_to(Path(path).readlink())
        return
    _bind(path, str(target))


def _bind(source: str, target: str) -> None:
    if Path(source).is_dir():
        Path(target).mkdir(exist_ok=True)
    else:
        Path(target).touch()
    calls.mount(source, target, flags=calls.MS_BIND | calls.MS_REC)


def _hide(root: str, path: str) -> None:
    """Put nothing in the place of a folder or file of a shown one."""
    if Path(path).is_dir():
        calls.mount(
            "tmpfs", root + path, "tmpfs", calls.MS_NOSUID | calls.MS_NODEV, "mode=755,size=64k,nr_inodes=64"
        )
    elif Path(path).exists():
        calls.mount("/dev/null", root + path, flags=calls.MS_BIND)


def _furnish(root: str, uid: int) -> None:
    """What every system has: devices, places to write to (mounted later), names of users."""
    for name in ("dev/shm", "dev/pts", "etc", "var", SCRATCH[1:], KERNEL[1:]):
        Path(root, name).mkdir(parents=True, exist_ok=True)
    for name in DEVICES:
        _bind(f"/dev/{name}", f"{root}/dev/{name}")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        Path(root, "dev", name).symlink_to(f"/proc/self/fd/{number}")
    Path(root, "dev/fd").symlink_to("/proc/self/fd")
    Path(root, "dev/ptmx").symlink_to("pts/ptmx")
    for name in ("tmp", "var/tmp"):
        with contextlib.suppress(FileExistsError):  # Python itself lies in it
            Path(root, name).symlink_to(SCRATCH)
    Path(root, "etc/passwd").write_text(f"student:x:{uid}:{uid}::{SCRATCH}:/bin/sh\n")
    Path(root, "etc/group").write_text(f"student:x:{uid}:\n")
    Path(root, "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")


def _make_read_only() -> None:
    """Every mount but the private folder and /proc; flags that are set stay set (a child namespace may not clear them)."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields = line.split()
        target, options = _unescaped(fields[4]), fields[5].split(",")
        if is_within(target, PRIVATE) or is_within(target, "/proc"):
            continue
        flags = sum(_FLAGS.get(option, 0) for option in {*options} - {"ro"})
        flags |= calls.MS_RDONLY | calls.MS_NOSUID | (0 if is_within(target, "/dev") else calls.MS_NODEV)
        calls.mount("", target, flags=calls.MS_REMOUNT | calls.MS_BIND | flags)


def _unescaped(text: str) -> str:
    """mountinfo writes space, tab, newline and backslash as octal numbers."""
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, character)
    return text


def relay_end(child: int) -> None:
    """Wait for process 1 and end as it did."""
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(code)
