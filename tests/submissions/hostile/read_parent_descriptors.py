"""Lists what the grader has open.

kind: call
"""

import os
def attack():
    return os.listdir(f"/proc/{TARGET['pid']}/fd")
