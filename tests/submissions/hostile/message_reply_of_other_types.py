"""Answers with an error whose name and text are not texts.

kind: kernel
"""

def attack():
    forge(APP.shell_socket, "execute_reply", {"status": "error", "ename": {"a": 1}, "evalue": ["b"] * 100000, "payload": 3})
    forge(APP.iopub_socket, "status", {"execution_state": "idle"})
