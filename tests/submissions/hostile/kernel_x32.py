"""Asks the kernel for x32.

kind: call
"""

import ctypes
def attack():
    buffer = ctypes.create_string_buffer(256)
    return ctypes.CDLL(None).syscall(1073741865, 2, 1, 0) >= 0
