"""Reads the rubric.

kind: call
"""

def attack():
    return open(TARGET['rubric']).read()
