"""Types a command into the terminal.

kind: call
"""

import fcntl
def attack():
    fcntl.ioctl(0, 0x5412, b'x')
    return True
