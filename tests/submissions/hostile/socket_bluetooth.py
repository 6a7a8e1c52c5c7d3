"""Opens a socket of family 31.

kind: call
"""

import socket
def attack():
    kind = socket.SOCK_SEQPACKET if 31 == 38 else socket.SOCK_RAW if 31 in (16, 17) else socket.SOCK_STREAM
    socket.socket(31, kind).close()
    return True
