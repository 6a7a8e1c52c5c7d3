"""Connects to a server's Unix socket.

kind: call
"""

import socket
def attack():
    socket.socket(socket.AF_UNIX).connect(TARGET['unix'])
    return True
