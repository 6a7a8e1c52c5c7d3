"""Asks the kernel for keyring.

kind: call
"""

import ctypes
def attack():
    buffer = ctypes.create_string_buffer(256)
    return ctypes.CDLL(None).syscall(250, 0, -3, 1) >= 0
