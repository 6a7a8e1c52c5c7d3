"""Opens a socket of family 2.

kind: call
"""

import socket
def attack():
    kind = socket.SOCK_SEQPACKET if 2 == 38 else socket.SOCK_RAW if 2 in (16, 17) else socket.SOCK_STREAM
    socket.socket(2, kind).close()
    return True
