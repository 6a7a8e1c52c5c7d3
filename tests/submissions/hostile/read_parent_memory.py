"""Reads the grader's memory by /proc.

kind: call
"""

def attack():
    return open(f"/proc/{TARGET['pid']}/mem", 'rb').read(1)
