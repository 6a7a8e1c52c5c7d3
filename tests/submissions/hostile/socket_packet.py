"""Opens a socket of family 17.

kind: call
"""

import socket
def attack():
    kind = socket.SOCK_SEQPACKET if 17 == 38 else socket.SOCK_RAW if 17 in (16, 17) else socket.SOCK_STREAM
    socket.socket(17, kind).close()
    return True
