"""Lifts its own limits.

kind: call
"""

import resource
def attack():
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    return True
