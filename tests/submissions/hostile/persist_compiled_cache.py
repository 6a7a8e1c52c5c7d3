"""Leaves a file for the next one: compiled cache.

kind: call
"""

import os, sys
def attack():
    done = []
    for folder in [os.path.join(os.path.dirname(os.__file__), '__pycache__')]:
        try:
            open(os.path.join(folder, 'grade-attack-left'), 'w').close()
            done.append(folder)
        except OSError: pass
    return done
