"""Starts a process in a user namespace of its own.

kind: call
"""

import ctypes, os
def attack():
    pid = ctypes.CDLL(None).syscall(56, 0x10000000 | 17, 0, 0, 0, 0)
    if pid == 0: os._exit(0)
    return pid > 0
