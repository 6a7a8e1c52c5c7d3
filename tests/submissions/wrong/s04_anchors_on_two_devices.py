"""The pixels' centres are on the device of the data, the shapes of the boxes stay on the CPU.

loses: 13.4.1/contract
says: two devices
"""

import torch


def multibox_prior(data, sizes, ratios):
    h, w = data.shape[-2:]
    cy = (torch.arange(h, device=data.device) + 0.5) / h
    cx = (torch.arange(w, device=data.device) + 0.5) / w
    y, x = torch.meshgrid(cy, cx, indexing="ij")
    centres = torch.stack((x, y, x, y), dim=-1).reshape(-1, 1, 4)
    pairs = [(s, ratios[0]) for s in sizes] + [(sizes[0], r) for r in ratios[1:]]
    s, r = torch.tensor(pairs, dtype=torch.float32).T
    bw, bh = s * r.sqrt() * h / w, s / r.sqrt()
    shapes = torch.stack((-bw, -bh, bw, bh), dim=-1) / 2
    return (centres + shapes).reshape(1, -1, 4)
