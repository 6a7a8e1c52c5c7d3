"""Reads where the grader's libraries lie.

kind: call
"""

def attack():
    return open(f"/proc/{TARGET['pid']}/maps").read(100)
