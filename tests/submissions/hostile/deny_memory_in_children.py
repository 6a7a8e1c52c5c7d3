"""Takes all memory in several processes.

kind: denial
"""

import os, time
def attack():
    for _ in range(20):
        if os.fork() == 0:
            kept = bytearray(b'x') * (400 << 20); time.sleep(60); os._exit(0)
    time.sleep(60)
