"""Sends one message of 300 MB.

kind: kernel
"""

def attack():
    forge(APP.iopub_socket, "stream", {"name": "stdout", "text": "x" * 300_000_000})
