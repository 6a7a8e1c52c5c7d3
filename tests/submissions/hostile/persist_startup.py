"""Leaves a .pth file that every Python would run.

kind: call
"""

import sys
def attack():
    for p in sys.path:
        try: open(p + '/grade-attack.pth', 'w').write('import os'); return p
        except OSError: pass
