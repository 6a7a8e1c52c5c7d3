"""Reads the reference solution.

kind: call
"""

def attack():
    return open(TARGET['reference']).read()
