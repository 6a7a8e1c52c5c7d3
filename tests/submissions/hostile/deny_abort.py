"""Aborts.

kind: denial
"""

import os
def attack(): os.abort()
