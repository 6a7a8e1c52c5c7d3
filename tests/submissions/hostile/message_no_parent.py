"""Sends messages without a parent, a type or a signature, and no messages at all.

kind: kernel
cells: 7
"""

HEAD = {"msg_id": "2", "msg_type": "status", "username": "", "session": "", "date": "x", "version": "5.3"}
PARTS = iter([
    [HEAD, None, {}, {}], [[], [], [], []], [{}] * 4, [HEAD, {"msg_id": 5}, 7, "x"], [{**HEAD, "msg_type": 5}, {}, {}, {}],
    None, b"",
])

def attack():
    parts = next(PARTS)
    wire = [b"{", b"", b"\xff", b"]"] if parts is None else [json.dumps(p).encode() for p in parts]
    for socket, ident in ((APP.iopub_socket, b"grade"), (APP.shell_socket, IDENT[0])):
        if parts == b"":
            socket.send_multipart([ident, b"nothing"])
        else:
            socket.send_multipart([ident, b"<IDS|MSG>", KERNEL.session.sign(wire), *wire])
            socket.send_multipart([ident, b"<IDS|MSG>", b"not signed", *wire])
