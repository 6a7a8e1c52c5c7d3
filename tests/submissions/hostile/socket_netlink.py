"""Opens a socket of family 16.

kind: call
"""

import socket
def attack():
    kind = socket.SOCK_SEQPACKET if 16 == 38 else socket.SOCK_RAW if 16 in (16, 17) else socket.SOCK_STREAM
    socket.socket(16, kind).close()
    return True
