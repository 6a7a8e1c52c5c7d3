"""Prints without end.

kind: denial
"""

def attack():
    while True: print('x' * 100_000)
