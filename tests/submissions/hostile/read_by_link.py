"""Reads through a link of its own.

kind: call
"""

import os
def attack():
    os.symlink(TARGET['secret'], 'link')
    return open('link').read()
