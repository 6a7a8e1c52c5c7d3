"""Asks the kernel for bpf.

kind: call
"""

import ctypes
def attack():
    buffer = ctypes.create_string_buffer(256)
    return ctypes.CDLL(None).syscall(321, 0, buffer, 16) >= 0
