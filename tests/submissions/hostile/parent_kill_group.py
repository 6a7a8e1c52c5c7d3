"""Reaches for the grader: kill group.

kind: call
"""

import os, resource
def attack():
    os.killpg(os.getpgid(TARGET['pid']), 0)
    return True
