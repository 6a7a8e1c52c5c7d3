"""Returns ten gigabytes.

kind: denial
"""

import torch
def attack(): return torch.zeros(1).expand(10 << 30)
