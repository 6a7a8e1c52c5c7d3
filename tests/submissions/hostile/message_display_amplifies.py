"""Shows one thing 400 times, and then makes it large.

kind: kernel
"""

def attack():
    def display(kind, text):
        forge(APP.iopub_socket, kind, {"data": {"text/plain": text}, "metadata": {}, "transient": {"display_id": "one"}})
    for _ in range(400): display("display_data", "")
    display("update_display_data", "x" * 4_000_000)
