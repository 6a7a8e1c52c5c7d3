"""Asks the kernel for io uring.

kind: call
"""

import ctypes
def attack():
    buffer = ctypes.create_string_buffer(256)
    return ctypes.CDLL(None).syscall(425, 8, buffer) >= 0
