"""Leaves a System V shared memory segment.

kind: call
"""

import ctypes
def attack():
    return ctypes.CDLL(None).shmget(0x67726164, 4096, 0o1666) >= 0
