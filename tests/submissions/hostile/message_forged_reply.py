"""Says that its cell is done while it runs on.

kind: kernel
"""

def attack():
    forge(APP.shell_socket, "execute_reply", {"status": "ok", "execution_count": 1})
    forge(APP.iopub_socket, "status", {"execution_state": "idle"})
    while True: pass
