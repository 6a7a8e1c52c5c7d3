"""Reads the grader's memory by process_vm_readv.

kind: call
"""

import ctypes
def attack():
    here = (ctypes.c_char * 16)()
    vector = (ctypes.c_size_t * 2)(ctypes.addressof(here), 16)
    return ctypes.CDLL(None).process_vm_readv(TARGET['pid'], vector, 1, vector, 1, 0) >= 0
