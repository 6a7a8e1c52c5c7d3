"""Sends an output nested so deep that reading or writing it overflows the stack.

kind: kernel
cells: 4
"""

DEPTHS = iter([500, 900, 950, 500_000])

def attack():
    depth = next(DEPTHS)
    nested = b"[" * depth + b"]" * depth
    raw(APP.iopub_socket, "display_data", b'{"data": {"application/json": ' + nested + b'}, "metadata": {}}')
