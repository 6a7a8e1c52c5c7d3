"""Opens a socket of family 40.

kind: call
"""

import socket
def attack():
    kind = socket.SOCK_SEQPACKET if 40 == 38 else socket.SOCK_RAW if 40 in (16, 17) else socket.SOCK_STREAM
    socket.socket(40, kind).close()
    return True
