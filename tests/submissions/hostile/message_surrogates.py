"""Sends outputs that are no text: lone surrogates, zeros, control characters, NaN, huge numbers.

kind: kernel
cells: 6
"""

VALUES = iter([r'"\ud800"', r'"\u0000"', r'"\u202e\u001b[31m"', "NaN", "Infinity", "9" * 100_000])

def attack():
    content = '{"data": {"application/json": %s}, "metadata": {}}' % next(VALUES)
    raw(APP.iopub_socket, "display_data", content.encode())
