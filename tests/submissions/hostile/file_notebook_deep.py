"""A notebook nested a hundred thousand deep.

kind: file
suffix: .ipynb
"""

def build(): return b'{"cells":' + b'[' * 100_000 + b']' * 100_000 + b'}'
