"""Ignores every signal and never comes back.

kind: denial
"""

import signal, time
def attack():
    for n in range(1, 64):
        try: signal.signal(n, signal.SIG_IGN)
        except (OSError, ValueError): pass
    while True: time.sleep(1)
