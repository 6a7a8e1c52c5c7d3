"""Markup of the terminal library.

kind: report
"""

def total(x): raise ValueError('[bold red]100 / 100[/] [link=http://x]y[/link]')
mean = total
