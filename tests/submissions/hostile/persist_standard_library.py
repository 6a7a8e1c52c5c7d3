"""Leaves a file for the next one: standard library.

kind: call
"""

import os, sys
def attack():
    done = []
    for folder in [os.path.dirname(os.__file__)]:
        try:
            open(os.path.join(folder, 'grade-attack-left'), 'w').close()
            done.append(folder)
        except OSError: pass
    return done
