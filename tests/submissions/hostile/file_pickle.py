"""A pickle that calls itself a module.

kind: file
suffix: .py
"""

def build(): return b"cos\nsystem\n(S'touch grade-attack-left'\ntR."
