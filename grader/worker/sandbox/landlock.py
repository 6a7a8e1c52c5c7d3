"""Landlock: which files a process and all it starts may open, whatever the file permissions say."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from grader.worker.sandbox.calls import no_new_privileges, system_call

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION_FLAG, _PATH_BENEATH = 1, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << n for n in range(6))
MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM = (1 << n for n in range(6, 13))
REFER, TRUNCATE, IOCTL_DEV = (1 << n for n in range(13, 16))

_RIGHTS_SINCE = {1: 13, 2: 14, 3: 15, 5: 16}  # interface version → how many of the rights above it knows
_TCP, _TCP_SINCE = 3, 4
_SCOPES, _SCOPES_SINCE = 3, 6  # abstract Unix sockets and signals end at the domain's border
_ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

READ = READ_FILE | READ_DIR
LIST = READ_DIR
RUN = READ | EXECUTE
WRITE = (1 << 16) - 1 & ~(EXECUTE | MAKE_CHAR | MAKE_BLOCK)
DEVICE = READ_FILE | WRITE_FILE | IOCTL_DEV
SOCKETS = READ_DIR | MAKE_SOCK
OVERWRITE = WRITE_FILE | TRUNCATE


def version() -> int:
    """The kernel's Landlock interface, 1 or higher. Raises OSError where there is none."""
    return system_call("landlock", _CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION_FLAG))


def restrict(rules: Iterable[tuple[str, int]]) -> int:
    """Allow only these (path, rights) from now on, no TCP, and no signals to others; returns the interface's version.

    Paths that do not exist are skipped. Rights that the kernel's Landlock does not know yet are not restricted.
    """
    found = version()
    handled = (1 << max(n for since, n in _RIGHTS_SINCE.items() if since <= found)) - 1
    attributes = struct.pack("Q", handled)
    attributes += struct.pack("Q", _TCP) if found >= _TCP_SINCE else b""
    attributes += struct.pack("Q", _SCOPES) if found >= _SCOPES_SINCE else b""
    size = ctypes.c_size_t(len(attributes))
    ruleset = system_call("landlock ruleset", _CREATE, attributes, size, ctypes.c_uint(0))
    try:
        for path, rights in rules:
            _allow(ruleset, path, rights & handled)
        no_new_privileges()
        system_call("landlock", _RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint(0))
    finally:
        os.close(ruleset)
    return found


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _ON_FILES
        if rights:
            rule = struct.pack("=Qi", rights, descriptor)
            kind, flags = ctypes.c_int(_PATH_BENEATH), ctypes.c_uint(0)
            system_call(f"landlock rule {path}", _ADD, ctypes.c_int(ruleset), kind, rule, flags)
    finally:
        os.close(descriptor)
