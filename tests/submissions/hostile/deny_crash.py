"""Crashes the interpreter.

kind: denial
"""

import ctypes
def attack(): ctypes.string_at(0)
