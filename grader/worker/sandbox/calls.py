"""System calls that Python has no name for. Linux only; every one raises OSError with what was tried."""

from __future__ import annotations

import ctypes
import os
import struct
from functools import cache
from typing import Any

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x20000,
    0x4000000,
    0x8000000,
    0x10000000,
    0x20000000,
    0x40000000,
)

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_NOATIME, MS_NODIRATIME, MS_BIND, MS_REC, MS_PRIVATE = 32, 1024, 2048, 4096, 16384, 1 << 18
MS_RELATIME = 1 << 21
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 36, 38, 47, 4
SECCOMP_MODE_FILTER = 2
LAST_CAPABILITY = 63
_CAPABILITY_VERSION = 0x20080522


@cache
def _libc() -> Any:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def check(result: int, what: str) -> int:
    """`result`, unless it is negative: then OSError with errno and `what`."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def system_call(what: str, number: int, *arguments: Any) -> int:
    return check(int(_libc().syscall(ctypes.c_long(number), *arguments)), what)


def prctl(operation: int, argument: int = 0) -> None:
    arguments = (ctypes.c_ulong(a) for a in (argument, 0, 0, 0))
    check(_libc().prctl(operation, *arguments), f"prctl({operation})")


def unshare(flags: int) -> None:
    check(_libc().unshare(flags), "unshare")


def setns(descriptor: int, kind: int) -> None:
    check(_libc().setns(descriptor, kind), "setns")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    texts = [os.fsencode(t) if t else None for t in (source, target, kind)]
    options = data.encode() if data else None
    check(_libc().mount(*texts, ctypes.c_ulong(flags), options), f"mount {kind or source} on {target}")


def unmount(target: str) -> None:
    check(_libc().umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    check(_libc().pivot_root(os.fsencode(new), os.fsencode(old)), "pivot_root")


def set_host_name(name: str) -> None:
    check(_libc().sethostname(name.encode(), len(name)), "sethostname")


def drop_capabilities() -> None:
    """Give up every capability of the user namespace this process is in, for good."""
    for capability in range(LAST_CAPABILITY + 1):
        _libc().prctl(
            PR_CAPBSET_DROP, ctypes.c_ulong(capability), *[ctypes.c_ulong(0)] * 3
        )  # EINVAL past the last
    _libc().prctl(PR_CAP_AMBIENT, *(ctypes.c_ulong(a) for a in (PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)))
    header = struct.pack("Ii", _CAPABILITY_VERSION, 0)
    check(_libc().capset(header, bytes(24)), "capset")


def no_new_privileges() -> None:
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def install_filter(program: bytes) -> None:
    """Put a seccomp filter on this thread and everything it starts; it cannot be taken off again."""
    buffer = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
    no_new_privileges()
    zero = ctypes.c_ulong(0)
    result = _libc().prctl(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), head, zero, zero)
    check(result, "seccomp")
