"""A name and a message that a spreadsheet would run.

kind: report
"""

def total(x): raise ValueError('=HYPERLINK("http://x","y")')
mean = total
