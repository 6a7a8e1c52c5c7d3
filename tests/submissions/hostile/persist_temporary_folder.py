"""Leaves a file for the next one: temporary folder.

kind: call
"""

import os, sys
def attack():
    done = []
    for folder in [TARGET['tmp']]:
        if os.path.realpath(folder) == os.path.realpath(os.environ['TMPDIR']):
            continue  # its own scratch, under another name
        try:
            open(os.path.join(folder, 'grade-attack-left'), 'w').close()
            done.append(folder)
        except OSError: pass
    return done
