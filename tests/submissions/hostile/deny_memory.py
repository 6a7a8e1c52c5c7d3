"""Takes all memory.

kind: denial
"""

def attack():
    kept = []
    while True: kept.append(bytearray(b'x') * (64 << 20))
