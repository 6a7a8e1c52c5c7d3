"""Attaches to the grader as a debugger.

kind: call
"""

import ctypes
def attack():
    return ctypes.CDLL(None, use_errno=True).ptrace(16, TARGET['pid'], 0, 0) == 0
