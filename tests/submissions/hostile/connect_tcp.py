"""Connects to a server on the machine.

kind: call
"""

import socket
def attack():
    socket.create_connection(('127.0.0.1', TARGET['port']), 2).close()
    return True
