"""Reaches for the grader: kill zygote.

kind: call
"""

import os, resource
def attack():
    os.kill(os.getppid() or 10**6, 0)
    return True
