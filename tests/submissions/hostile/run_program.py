"""Runs a shell.

kind: call
"""

import subprocess
def attack():
    return subprocess.run(['/bin/sh', '-c', 'id'], capture_output=True).stdout
