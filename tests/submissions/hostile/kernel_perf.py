"""Asks the kernel for perf.

kind: call
"""

import ctypes
def attack():
    buffer = ctypes.create_string_buffer(256)
    return ctypes.CDLL(None).syscall(298, buffer, 0, -1, -1, 0) >= 0
