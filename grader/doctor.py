"""What the sandbox of this machine is made of, why a layer is missing, and the command that brings it. Pure but for `look`."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.worker.sandbox.layers import Layer

PROMISES = {
    3: "a world of its own: no network, no other process, no file but Python's; memory, processes and scratch limited",
    2: "files, network and signals are closed, but it shares the system's process table and disk",
    1: "a process of its own with limits, and nothing else: grade only code you trust",
}
_APPARMOR = "kernel/apparmor_restrict_unprivileged_userns"
_CLONE = "kernel/unprivileged_userns_clone"
_MOST = "user/max_user_namespaces"
DOCKER = (
    "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
    "--security-opt systempaths=unconfined …"
)


@dataclass(frozen=True)
class System:
    """What decides which layers there are.

    settings   /proc/sys entries, as text; missing ones are left out
    container  whether this is one
    """

    kind: str
    release: str
    settings: Mapping[str, str]
    container: bool


def look() -> System:
    """This machine."""
    settings = {name: _text(Path("/proc/sys", name)) for name in (_APPARMOR, _CLONE, _MOST)}
    marks = (Path("/.dockerenv"), Path("/run/.containerenv"))
    return System(
        sys.platform,
        platform.release(),
        {n: t for n, t in settings.items() if t},
        any(m.exists() for m in marks),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def remedies(layers: tuple[Layer, ...], system: System) -> Iterator[tuple[str, str]]:
    """(what is in the way, the command that mends it) for the layers that are missing."""
    missing = {layer.name for layer in layers if not layer.active}
    if system.kind != "linux":
        yield "this system has no sandbox of ours", "use Linux, a virtual machine with it, or a container"
        return
    if any("namespace" in name for name in missing):
        yield from _namespaces(system)
    if "Landlock" in missing:
        yield (
            "Landlock needs Linux 5.13 or newer and must be switched on",
            "add landlock to the kernel's lsm= parameter (cat /sys/kernel/security/lsm shows the list), and restart",
        )
    if "seccomp" in missing:
        yield "the kernel was built without seccomp filters", "use a distribution's own kernel"


def _namespaces(system: System) -> Iterator[tuple[str, str]]:
    found = False
    for name, blocked, why, value in (
        (_APPARMOR, "1", "Ubuntu's AppArmor keeps user namespaces from ordinary programs", "0"),
        (_CLONE, "0", "user namespaces are for root only", "1"),
        (_MOST, "0", "user namespaces are switched off", "15000"),
    ):
        if system.settings.get(name) == blocked:
            found = True
            key = name.replace("/", ".")
            yield (
                why,
                f"sudo sysctl -w {key}={value}   (to keep it: echo {key}={value} | sudo tee /etc/sysctl.d/60-grade.conf)",
            )
    if system.container:
        yield "this is a container, which hides namespaces and parts of /proc", DOCKER
    elif not found:
        yield (
            "the system refuses namespaces to this user",
            "ask who runs the machine; a virtual machine has them",
        )
