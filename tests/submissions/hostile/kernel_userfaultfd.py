"""Asks the kernel for userfaultfd.

kind: call
"""

import ctypes
def attack():
    buffer = ctypes.create_string_buffer(256)
    return ctypes.CDLL(None).syscall(323, 1) >= 0
