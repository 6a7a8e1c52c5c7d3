"""Reaches for the grader: affinity.

kind: call
at level 2: pretended: the call says yes and does nothing
"""

import os, resource
def attack():
    os.sched_setaffinity(TARGET['pid'], os.sched_getaffinity(TARGET['pid']))
    return True
