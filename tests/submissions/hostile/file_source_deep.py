"""Source nested so deep that a parser could fall.

kind: file
suffix: .py
"""

def build(): return b'x = ' + b'(' * 50_000 + b')' * 50_000
