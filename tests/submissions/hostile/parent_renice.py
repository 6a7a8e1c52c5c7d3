"""Reaches for the grader: renice.

kind: call
"""

import os, resource
def attack():
    os.setpriority(os.PRIO_PROCESS, TARGET['pid'], 19)
    return True
