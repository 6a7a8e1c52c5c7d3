"""Opens a network socket with high bits set, which a filter may overlook.

kind: call
"""

import ctypes
def attack():
    return ctypes.CDLL(None).syscall(41, ctypes.c_ulong(2 | 1 << 32), 1, 0) >= 0
