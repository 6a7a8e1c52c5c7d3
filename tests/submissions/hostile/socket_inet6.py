"""Opens a socket of family 10.

kind: call
"""

import socket
def attack():
    kind = socket.SOCK_SEQPACKET if 10 == 38 else socket.SOCK_RAW if 10 in (16, 17) else socket.SOCK_STREAM
    socket.socket(10, kind).close()
    return True
