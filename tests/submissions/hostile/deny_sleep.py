"""Sleeps.

kind: denial
"""

import time
def attack(): time.sleep(10**6)
