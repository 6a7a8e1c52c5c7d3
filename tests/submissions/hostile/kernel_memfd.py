"""Asks the kernel for memfd.

kind: call
"""

import ctypes
def attack():
    buffer = ctypes.create_string_buffer(256)
    return ctypes.CDLL(None).syscall(319, b'x', 0) >= 0
