"""Opens without end.

kind: denial
"""

def attack():
    kept = []
    while True: kept.append(open('/dev/null'))
