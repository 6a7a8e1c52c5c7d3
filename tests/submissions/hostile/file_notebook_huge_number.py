"""A number of a million digits.

kind: file
suffix: .ipynb
"""

def build(): return b'{"nbformat":' + b'9' * 1_000_000 + b'}'
