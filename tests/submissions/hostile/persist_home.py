"""Leaves a file for the next one: home.

kind: call
"""

import os, sys
def attack():
    done = []
    for folder in [TARGET['home']]:
        try:
            open(os.path.join(folder, 'grade-attack-left'), 'w').close()
            done.append(folder)
        except OSError: pass
    return done
