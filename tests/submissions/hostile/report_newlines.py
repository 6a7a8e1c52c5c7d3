"""A class name of a thousand lines.

kind: report
"""

class Bad(Exception): pass
Bad.__name__ = 'Passed\n' * 1000
def total(x): raise Bad('x\n' * 5000)
mean = total
