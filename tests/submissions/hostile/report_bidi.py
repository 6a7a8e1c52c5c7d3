"""An exception that reads backwards.

kind: report
"""

def total(x): raise ValueError('\u202e001 fo 001\u202c')
mean = total
