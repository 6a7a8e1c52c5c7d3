"""Returns an iterator without end.

kind: denial
"""

def attack():
    while True: yield 1
