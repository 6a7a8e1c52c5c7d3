"""Reaches for the grader: prlimit.

kind: call
"""

import os, resource
def attack():
    resource.prlimit(TARGET['pid'], resource.RLIMIT_NOFILE, (8, 8))
    return True
