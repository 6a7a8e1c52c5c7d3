"""`grade doctor` tells which layers there are and how to get the others; grading refuses less than what is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import TINY

from grader.doctor import DOCKER, System, remedies
from grader.errors import UsageError
from grader.launch import Launcher
from grader.probe import prove, require
from grader.worker.sandbox.layers import Layer

NO_NAMESPACES = (
    Layer("user namespace", False, "Permission denied"),
    Layer("Landlock", True),
    Layer("seccomp", True),
)


def system(container: bool = False, kind: str = "linux", **settings: str) -> System:
    found = {"user/max_user_namespaces" if n == "max" else f"kernel/{n}": v for n, v in settings.items()}
    return System(kind, "6.8", found, container)


@pytest.mark.parametrize(
    ("found", "command"),
    [
        (
            system(apparmor_restrict_unprivileged_userns="1"),
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        (system(unprivileged_userns_clone="0"), "sysctl -w kernel.unprivileged_userns_clone=1"),
        (system(max="0"), "sysctl -w user.max_user_namespaces=15000"),
        (system(container=True), DOCKER),
        (system(apparmor_restrict_unprivileged_userns="0"), "virtual machine"),
    ],
)
def test_each_obstacle_has_its_command(found: System, command: str) -> None:
    assert any(command in remedy for _, remedy in remedies(NO_NAMESPACES, found))


def test_what_is_there_needs_no_remedy() -> None:
    layers = tuple(Layer(layer.name, True) for layer in NO_NAMESPACES)
    assert list(remedies(layers, system(apparmor_restrict_unprivileged_userns="1"))) == []
    assert any("lsm=" in command for _, command in remedies((Layer("Landlock", False),), system()))
    assert len(list(remedies(layers, system(kind="darwin")))) == 1


def test_probes_agree_with_what_the_layers_promise(launcher: Launcher) -> None:
    proof = prove(launcher, [TINY / "rubric.yaml"])
    assert proof.level == launcher.level
    assert all(p.stopped for p in proof.probes if p.level <= proof.level)


def test_less_than_what_is_asked_for_is_refused() -> None:
    require(3, 3)
    with pytest.raises(UsageError, match="reaches level 1 on this machine, and level 2 is wanted"):
        require(1, 2)


WITHOUT_NAMESPACES = "echo 0 > /proc/sys/user/max_user_namespaces; exec "


@pytest.mark.slow
def test_where_the_system_gives_no_namespaces_the_level_is_lower_and_grading_goes_on(tmp_path: Path) -> None:
    """In a user namespace that may not have others, as in many containers."""
    probe = subprocess.run(["unshare", "-Ur", "sh", "-c", WITHOUT_NAMESPACES + "true"], capture_output=True)
    if probe.returncode:
        pytest.skip(f"no user namespace to try it in: {probe.stderr.decode()[:100]}")
    (tmp_path / "s01_sums.py").write_text("def total(x): return x.sum()\n")
    command = (
        f"{sys.executable} -m grader.cli run {tmp_path} --course {TINY} -e 1.1.1 --json {tmp_path}/r.json"
    )
    confined = ["unshare", "-Ur", "sh", "-c"]
    graded = subprocess.run([*confined, WITHOUT_NAMESPACES + command], capture_output=True, text=True)
    assert graded.returncode in (0, 1), graded.stderr
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["sandbox_level"] in (1, 2)
    assert found["points"]["confirmed"] == 3
    refused = subprocess.run(
        [*confined, f"{WITHOUT_NAMESPACES} {command} --require-level 3"], capture_output=True, text=True
    )
    assert refused.returncode == 2
    assert "level 3 is wanted" in refused.stderr
