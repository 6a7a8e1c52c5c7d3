"""Asks the kernel for unshare.

kind: call
"""

import ctypes
def attack():
    buffer = ctypes.create_string_buffer(256)
    return ctypes.CDLL(None).syscall(272, 0x10000000) >= 0
