"""The seccomp filter, run instruction by instruction for both architectures: what it lets through and what not."""

from __future__ import annotations

import errno
import re
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.worker.sandbox.numbers import numbers
from grader.worker.sandbox.seccomp import AMONG_OWN, ORDINARY, Policy, filter_program

ALLOWED, KILLED = "allowed", "killed"
WORKER = Policy(private=True, sockets="all")
STRICT = Policy(private=False)
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
OWN = 4711

# What no worker may ever do, with numbers where the filter's own table has none.
FORBIDDEN = {
    "x86_64": {
        "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "mount": 165, "umount2": 166, "pivot_root": 155,
        "chroot": 161, "unshare": 272, "setns": 308, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323,
        "io_uring_setup": 425, "io_uring_enter": 426, "keyctl": 250, "add_key": 248, "memfd_create": 319,
        "memfd_secret": 447, "init_module": 175, "kexec_load": 246, "reboot": 169, "shmget": 29, "semget": 64,
        "msgget": 68, "mq_open": 240, "pidfd_getfd": 438, "open_by_handle_at": 304, "personality": 135, "setuid": 105,
        "execve": 59, "execveat": 322, "seccomp": 317, "landlock_restrict_self": 446, "splice": 275, "vmsplice": 278,
    },
    "aarch64": {
        "ptrace": 117, "process_vm_readv": 270, "mount": 40, "unshare": 97, "setns": 268, "bpf": 280, "chroot": 51,
        "io_uring_setup": 425, "memfd_create": 279, "keyctl": 219, "shmget": 194, "execve": 221, "setuid": 146,
        "userfaultfd": 282, "perf_event_open": 241, "kexec_load": 104, "reboot": 142,
    },
}  # fmt: skip


def run(program: bytes, number: int, arguments: Sequence[int] = (), machine: str = "x86_64") -> str | int:
    """What the filter says to a system call: ALLOWED, KILLED, or the errno it answers with."""
    six = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("IIQ6Q", number, ARCHITECTURES[machine], 0, *(a % (1 << 64) for a in six))
    instructions = list(struct.iter_unpack("HBBI", program))
    at = accumulator = 0
    while True:
        code, yes, no, k = instructions[at]
        at += 1
        if code == 0x06:
            return {0x7FFF0000: ALLOWED, 0x80000000: KILLED}.get(k, k & 0xFFFF)
        if code == 0x20:
            accumulator = struct.unpack_from("I", data, k)[0]
        elif code == 0x54:
            accumulator &= k
        else:
            holds = {
                0x15: accumulator == k,
                0x25: accumulator > k,
                0x35: accumulator >= k,
                0x45: bool(accumulator & k),
            }
            at += yes if holds[code] else no


def ask(policy: Policy, name: str, *arguments: int, machine: str = "x86_64") -> str | int:
    return run(filter_program(policy, OWN, machine), numbers(machine)[name], arguments, machine)


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_ordinary_calls_pass_and_forbidden_ones_do_not(machine: str) -> None:
    program = filter_program(WORKER, OWN, machine)
    table = numbers(machine)
    refused = [
        n for n in [*ORDINARY.split(), *AMONG_OWN.split()] if n in table and n != "prctl" and n != "prlimit64"
    ]
    refused = [n for n in refused if run(program, table[n], machine=machine) != ALLOWED]
    assert refused == []
    for name, number in FORBIDDEN[machine].items():
        assert run(program, number, machine=machine) == errno.EPERM, name


def test_another_architecture_is_the_end() -> None:
    assert run(filter_program(WORKER, OWN, "x86_64"), 0, machine="aarch64") == KILLED


@pytest.mark.parametrize("number", [451, 470, 0x40000000, 0x40000000 + 59, 0xFFFFFFFF])
def test_calls_newer_than_the_list_and_those_of_x32_do_not_exist(number: int) -> None:
    assert run(filter_program(WORKER, OWN, "x86_64"), number) == errno.ENOSYS


def test_threads_and_processes_but_no_namespaces() -> None:
    thread, child, namespace = 0x3D0F00, 17, 0x10000000 | 17
    assert ask(WORKER, "clone", thread) == ALLOWED
    assert ask(WORKER, "clone", child) == ALLOWED
    assert ask(WORKER, "clone", namespace) == errno.EPERM
    assert ask(WORKER, "clone3") == errno.ENOSYS


def test_sockets_of_one_family_also_when_high_bits_are_set() -> None:
    unix, inet, netlink, vsock, stream, datagram = 1, 2, 16, 40, 1, 2
    assert ask(WORKER, "socket", unix, stream) == ALLOWED
    for family in (inet, 10, netlink, 17, 38, vsock, unix | 1 << 32, inet | 1 << 32):
        assert ask(WORKER, "socket", family, stream) == errno.EINVAL
    assert ask(STRICT, "socket", unix, stream) == errno.EPERM
    assert ask(STRICT, "socketpair", unix, stream | 0x80000) == ALLOWED
    assert ask(STRICT, "socketpair", unix, datagram) == errno.EPERM
    listening = Policy(private=False, sockets="listen")
    assert ask(listening, "bind") == ALLOWED
    assert ask(listening, "connect") == errno.EPERM


def test_with_a_gpu_only_connected_sockets_of_one_family_that_call_nobody() -> None:
    """What CUDA opens when it starts: SOCK_SEQPACKET, with flags."""
    unix, inet, stream, datagram, raw, rdm, packets = 1, 2, 1, 2, 3, 4, 5
    driver = Policy(private=False, sockets="listen", devices=True)
    for kind in (stream, packets):
        assert ask(driver, "socket", unix, kind | 0x80000) == ALLOWED
        assert ask(driver, "socket", inet, kind) == errno.EINVAL
    for kind in (datagram, raw, rdm, 6, 10):
        assert ask(driver, "socket", unix, kind) == errno.EINVAL
    assert ask(driver, "connect") == errno.EPERM
    assert ask(driver, "execve") == errno.EPERM
    without = Policy(private=False, sockets="listen")
    assert ask(without, "socket", unix, packets) == errno.EINVAL


def test_a_worker_without_a_world_of_its_own_signals_only_itself() -> None:
    for name in ("kill", "tgkill"):
        assert ask(WORKER, name, 1) == ALLOWED
        assert ask(STRICT, name, OWN) == ALLOWED
        for other in (1, 0, -1, -OWN, OWN + 1, OWN | 1 << 32):
            assert ask(STRICT, name, other) == errno.EPERM
    assert ask(STRICT, "tkill", OWN) == errno.EPERM
    assert ask(STRICT, "prlimit64", 0) == ALLOWED
    assert ask(STRICT, "prlimit64", 1) == errno.EPERM


def test_what_would_change_a_file_of_others_only_seems_to_happen() -> None:
    assert ask(WORKER, "chmod") == ALLOWED
    assert ask(STRICT, "chmod") == 0
    assert ask(STRICT, "fchownat") == 0
    assert ask(STRICT, "truncate") == errno.EPERM
    assert ask(WORKER, "sync") == 0


def test_terminals_cannot_be_typed_into() -> None:
    for command in (0x5412, 0x541C, 0x5412 | 1 << 40):
        assert ask(WORKER, "ioctl", 0, command) == errno.EPERM
    assert ask(WORKER, "ioctl", 0, 0x5401) == ALLOWED


def test_a_worker_cannot_outlive_its_parent() -> None:
    assert ask(WORKER, "prctl", 1, 0) == errno.EPERM
    assert ask(WORKER, "prctl", 1 | 1 << 33, 0) == errno.EPERM
    assert ask(WORKER, "prctl", 15, 0) == ALLOWED


def test_kernels_run_programs_and_gpu_drivers_get_memory_files() -> None:
    assert ask(Policy(private=True, programs=True), "execve") == ALLOWED
    assert ask(WORKER, "memfd_create") == errno.EPERM
    assert ask(Policy(private=True, devices=True), "memfd_create") == ALLOWED


@pytest.mark.parametrize(
    ("machine", "header"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        ("aarch64", "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_the_numbers_are_the_kernels(machine: str, header: str) -> None:
    if not Path(header).is_file():
        pytest.skip(f"{header} is not installed")
    text = Path(header).read_text()
    found = {n: int(v) for n, v in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    names = {"newfstatat": "fstatat"} if machine == "aarch64" else {}
    wrong = {n: v for n, v in numbers(machine).items() if found.get(names.get(n, n), v) != v}
    assert wrong == {}
    assert len(found.keys() & numbers(machine).keys()) > 200
