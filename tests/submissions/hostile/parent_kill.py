"""Reaches for the grader: kill.

kind: call
"""

import os, resource
def attack():
    os.kill(TARGET['pid'], 0)
    return True
