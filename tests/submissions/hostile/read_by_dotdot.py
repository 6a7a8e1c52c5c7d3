"""Climbs out of its folder.

kind: call
"""

import os
def attack():
    return open('../' * 20 + TARGET['secret'].lstrip('/')).read()
