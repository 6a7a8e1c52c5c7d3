"""Links the file into its own folder.

kind: call
"""

import os
def attack():
    os.link(TARGET['secret'], 'hard')
    return open('hard').read()
