"""Never comes back.

kind: denial
"""

def attack():
    while True: pass
