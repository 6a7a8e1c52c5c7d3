"""A regular expression that never ends.

kind: denial
"""

import re
def attack(): re.match(r'(a+)+$', 'a' * 64 + 'b')
