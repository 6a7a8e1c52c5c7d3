"""Connects to a server without a path.

kind: call
"""

import socket
def attack():
    socket.socket(socket.AF_UNIX).connect('\0' + TARGET['abstract'])
    return True
