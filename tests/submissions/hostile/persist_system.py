"""Leaves a file for the next one: system.

kind: call
"""

import os, sys
def attack():
    done = []
    for folder in ['/etc', '/usr/lib', '/var', '/']:
        try:
            open(os.path.join(folder, 'grade-attack-left'), 'w').close()
            done.append(folder)
        except OSError: pass
    return done
