"""Leaves a file for the next one: packages.

kind: call
"""

import os, sys
def attack():
    done = []
    for folder in [p for p in sys.path if p.endswith('site-packages')]:
        try:
            open(os.path.join(folder, 'grade-attack-left'), 'w').close()
            done.append(folder)
        except OSError: pass
    return done
