"""Opens a socket of family 38.

kind: call
"""

import socket
def attack():
    kind = socket.SOCK_SEQPACKET if 38 == 38 else socket.SOCK_RAW if 38 in (16, 17) else socket.SOCK_STREAM
    socket.socket(38, kind).close()
    return True
