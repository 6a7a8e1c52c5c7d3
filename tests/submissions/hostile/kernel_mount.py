"""Mounts the disk.

kind: call
"""

import ctypes
def attack():
    return ctypes.CDLL(None).mount(b'/', b'/scratch', None, 4096, None) == 0
