"""Sends outputs whose parts are of other types than the protocol has.

kind: kernel
cells: 12
"""

CONTENTS = iter([
    ("status", []), ("stream", 7), ("display_data", {"transient": 5}), ("display_data", {"data": [1], "metadata": 3}),
    ("stream", {"text": {"a": 1}, "name": []}), ("status", {"execution_state": ["idle"]}), ("update_display_data", None),
    ("error", {"ename": {}, "evalue": [], "traceback": 9}), ("execute_result", {"execution_count": {"a": []}}),
    ("clear_output", {"wait": {}}), ("display_data", {"data": {}, "transient": {"display_id": []}}),
    ("execute_input", {"execution_count": "x" * 1000}),
])

def attack():
    forge(APP.iopub_socket, *next(CONTENTS))
