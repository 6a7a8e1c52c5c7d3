"""Reads a file that everybody on the machine may read.

kind: call
"""

def attack():
    return open(TARGET['secret']).read()
