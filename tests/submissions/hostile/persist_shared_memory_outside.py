"""Leaves a file for the next one: shared memory outside.

kind: call
"""

import os, sys
def attack():
    done = []
    for folder in ['/run/shm', '/var/lock', '/run']:
        try:
            open(os.path.join(folder, 'grade-attack-left'), 'w').close()
            done.append(folder)
        except OSError: pass
    return done
