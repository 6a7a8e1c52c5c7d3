"""Which system calls a worker may make, as a seccomp filter. What is not listed is refused.

The filter is assembled here, in some forty lines, and not by libseccomp: see docs/decisions/0007-own-seccomp-filter.md.
Arguments are 64 bits wide in a filter while the kernel often uses 32 of them, so a test for one allowed value
compares both halves (other high bits are refused), and a test for forbidden values compares the low half only.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from grader.worker.sandbox.numbers import NEWEST, numbers

ORDINARY = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 open openat openat2 creat close close_range
lseek fstat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents getdents64 getcwd
chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat ftruncate
fallocate fadvise64 readahead copy_file_range sendfile fsync fdatasync sync_file_range flock fcntl dup dup2 dup3 pipe
pipe2 umask mknod mknodat statfs fstatfs poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait
epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime
inotify_init inotify_init1 inotify_add_watch inotify_rm_watch getxattr lgetxattr fgetxattr listxattr llistxattr
flistxattr mmap munmap mprotect mremap madvise msync mincore brk mlock munlock mlock2 mlockall munlockall mbind
get_mempolicy set_mempolicy pkey_alloc pkey_free pkey_mprotect membarrier fork vfork exit exit_group wait4 waitid
getpid getppid gettid getpgid getpgrp setpgid getsid setsid set_tid_address set_robust_list get_robust_list rseq futex
futex_waitv arch_prctl sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max
sched_get_priority_min sched_rr_get_interval sched_getattr getpriority getrlimit setrlimit getrusage times capget
getcpu sysinfo uname getuid geteuid getgid getegid getresuid getresgid getgroups rt_sigaction rt_sigprocmask
rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack pause alarm getitimer setitimer restart_syscall
nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time timer_create timer_settime timer_gettime
timer_getoverrun timer_delete getrandom getsockname getpeername setsockopt getsockopt shutdown sendto recvfrom sendmsg
recvmsg sendmmsg recvmmsg
"""

# Harmless to processes of one's own; for a worker that shares its user with the instructor, each is a way out.
AMONG_OWN = """
kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal prlimit64 setpriority
sched_setaffinity sched_setparam sched_setscheduler sched_setattr truncate chmod fchmod fchmodat fchmodat2 chown
fchown lchown fchownat utime utimes utimensat futimesat setxattr lsetxattr fsetxattr removexattr lremovexattr
fremovexattr syncfs
"""

# These change a file or a process that need not be one's own; libraries call them on their own, so they must not fail.
PRETENDED = """
sched_setaffinity sched_setparam sched_setscheduler sched_setattr chmod fchmod fchmodat fchmodat2 chown fchown lchown
fchownat utime utimes utimensat futimesat setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
"""

NEW_NAMESPACES = 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
PR_SET_PDEATHSIG = 1
AF_UNIX, SOCK_STREAM = 1, 1
SOCK_KINDS, CONNECTED_KINDS = 0xF, 0xB
"""under the second mask a SOCK_SEQPACKET looks like a SOCK_STREAM, and nothing else does"""
_REFUSALS = {"socket": errno.EINVAL}  # "family not available": libzmq aborts on what it does not expect

_LOAD, _EQUAL, _ABOVE, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_Program = list[tuple[int, int, int, int]]


@dataclass(frozen=True)
class Policy:
    """What a worker may do beyond computing.

    private   it has a user, or a process namespace, of its own: it may signal and change what it can reach
    sockets   Unix sockets: "all", "listen" (a notebook kernel answers, CUDA would; neither connects to anybody) or "none"
    programs  it may run other programs (notebooks do: `!ls`)
    devices   it may use what GPU drivers need
    """

    private: bool
    sockets: Literal["all", "listen", "none"] = "none"
    programs: bool = False
    devices: bool = False


@dataclass(frozen=True)
class _Test:
    """A condition on one argument: `only` this value (under `mask`), or none of the values `never`, or no bit of `bits`."""

    argument: int
    only: int | None = None
    mask: int = 0
    never: tuple[int, ...] = ()
    bits: int = 0


def filter_program(policy: Policy, own_pid: int = 0, machine: str = "") -> bytes:
    """The filter for `policy`. Without a private world the worker may signal only itself, `own_pid`.

    Raises KeyError for a machine whose system calls are not known.
    """
    machine = machine or os.uname().machine
    known = numbers(machine)
    program: _Program = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    for name, tests in _conditions(policy, own_pid).items():
        if name in known:
            program += _when(known[name], _passes(tests, _REFUSALS.get(name, errno.EPERM)))
    for name, number in _answers(policy).items():
        if name in known:
            program += _when(known[name], [_fail(number)])
    for first, last in _ranges(sorted(known[n] for n in _allowed(policy) if n in known)):
        program += [(_AT_LEAST, 1, 0, first), _fail(errno.EPERM if first <= NEWEST else errno.ENOSYS)]
        program += [(_ABOVE, 1, 0, last), (_RETURN, 0, 0, _ALLOW)]
    program += [(_ABOVE, 0, 1, NEWEST), _fail(errno.ENOSYS), _fail(errno.EPERM)]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def _conditions(policy: Policy, own_pid: int) -> dict[str, tuple[_Test, ...]]:
    """System calls that depend on their arguments."""
    tests: dict[str, tuple[_Test, ...]] = {
        "clone": (_Test(0, bits=NEW_NAMESPACES),),
        "ioctl": (_Test(1, never=(TIOCSTI, TIOCLINUX)),),
        "prctl": (_Test(0, never=(PR_SET_PDEATHSIG,)),),
    }
    # without a network namespace, a datagram socket could be sent to any path
    kinds = CONNECTED_KINDS if policy.devices else SOCK_KINDS
    kind = () if policy.sockets == "all" else (_Test(1, only=SOCK_STREAM, mask=kinds),)
    tests["socketpair"] = (_Test(0, only=AF_UNIX), *kind)
    if policy.sockets != "none":
        tests["socket"] = tests["socketpair"]
    if policy.private:
        return tests
    own = (_Test(0, only=own_pid),)
    tests |= dict.fromkeys(("kill", "tgkill"), own)
    return tests | {"prlimit64": (_Test(0, only=0),)}


def _answers(policy: Policy) -> dict[str, int]:
    """System calls that are answered without being made: 0 pretends success."""
    pretended = {} if policy.private else dict.fromkeys(PRETENDED.split(), 0)
    return {
        "clone3": errno.ENOSYS,
        "sync": 0,
        **pretended,
    }  # clone3's flags cannot be read; libc then uses clone


def _allowed(policy: Policy) -> set[str]:
    names = {*ORDINARY.split()}
    if policy.private:
        names |= {*AMONG_OWN.split()}
    if policy.sockets != "none":
        names |= {"bind", "listen", "accept", "accept4"}
    if policy.sockets == "all":
        names |= {"connect"}
    if policy.programs:
        names |= {"execve", "execveat"}
    if policy.devices:
        names |= {"memfd_create"}
    return names


# ---------------------------------------------------------------- assembling


def _fail(number: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, _ERROR | number)


def _when(number: int, then: _Program) -> _Program:
    """`then` for one system call; it must return in every case."""
    return [(_EQUAL, 0, len(then), number), *then]


def _passes(tests: tuple[_Test, ...], refusal: int) -> _Program:
    """Allow when every test holds."""
    refuse = _fail(refusal)
    program: _Program = []
    for test in tests:
        low = _ARGUMENTS + 8 * test.argument
        program.append((_LOAD, 0, 0, low))
        if test.only is not None:
            program += [(_AND, 0, 0, test.mask)] if test.mask else []
            program += [(_EQUAL, 1, 0, test.only), refuse]
            program += [(_LOAD, 0, 0, low + 4), (_EQUAL, 1, 0, 0), refuse]
        for value in test.never:
            program += [(_EQUAL, 0, 1, value), refuse]
        program += [(_ANY_BIT, 0, 1, test.bits), refuse] if test.bits else []
    return [*program, (_RETURN, 0, 0, _ALLOW)]


def _ranges(values: list[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive values, as (first, last)."""
    start = 0
    for i, value in enumerate(values):
        if i + 1 == len(values) or values[i + 1] != value + 1:
            yield values[start], value
            start = i + 1
