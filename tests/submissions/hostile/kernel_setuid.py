"""Becomes root.

kind: call
"""

import os
def attack():
    os.setuid(0)
    return os.getuid() == 0
