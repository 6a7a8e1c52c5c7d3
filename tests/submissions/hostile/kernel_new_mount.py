"""Asks the kernel for new mount.

kind: call
"""

import ctypes
def attack():
    buffer = ctypes.create_string_buffer(256)
    return ctypes.CDLL(None).syscall(428, -100, b'/', 1) >= 0
