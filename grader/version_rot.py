"""What packages have dropped since a book or an answer was written, and what to write today instead.

Code that was right once is not wrong in the way a wrong answer is: the report names the cause.
"""

from __future__ import annotations

import re


def _(text: str) -> str:
    """Only marks it for the catalogue: a report says it in the reader's language (grader.report.messages)."""
    return text


_SQUEEZED = _(
    "the tensor has no dimension left: squeeze() removes every dimension of size 1; write squeeze(-1) or reshape(-1)"
)
_NO_GPU = _(
    "there is no GPU where this is graded: work on the device of the inputs (x.device) instead of 'cuda'"
)

_DROPPED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), advice)
    for pattern, advice in (
        (
            r"module 'numpy' has no attribute '(float|int|bool|complex|object|str)'",
            _("numpy dropped np.{1} in version 1.24: write {1}"),
        ),
        (
            r"module 'numpy' has no attribute '(\w+)'",
            _(
                "this version of numpy has no np.{1} (any more): see numpy's migration guide for its successor"
            ),
        ),
        (
            r"unexpected keyword argument 'pretrained'",
            _('torchvision replaced pretrained=… by weights=…: write weights=None or weights="DEFAULT"'),
        ),
        (
            r"module 'torchvision\.transforms' has no attribute 'Scale'",
            _("torchvision dropped transforms.Scale: write transforms.Resize"),
        ),
        (
            r"module 'torchvision\.transforms' has no attribute 'RandomSizedCrop'",
            _("torchvision dropped transforms.RandomSizedCrop: write transforms.RandomResizedCrop"),
        ),
        (
            r"module 'PIL\.Image' has no attribute 'ANTIALIAS'",
            _("Pillow dropped Image.ANTIALIAS in version 10: write Image.LANCZOS"),
        ),
        (
            r"'DataFrame' object has no attribute 'append'",
            _("pandas dropped DataFrame.append in version 2: write pd.concat([a, b])"),
        ),
        (
            r"'DataFrame' object has no attribute 'iteritems'",
            _("pandas dropped iteritems in version 2: write items()"),
        ),
        (
            r"'DataFrame' object has no attribute 'ix'",
            _("pandas dropped .ix in version 1: write .loc or .iloc"),
        ),
        (
            r"DataLoaderIter' object has no attribute 'next'",
            _("write next(iterator): loaders' iterators have no method next() any more"),
        ),
        (
            r"module 'collections' has no attribute '(\w+)'",
            _("Python 3.10 moved collections.{1} to collections.abc"),
        ),
        (
            r"Weights only load failed",
            _("torch.load reads only tensors since version 2.6: save state_dict() and load that"),
        ),
        (r"iteration over a 0-d tensor|len\(\) of a 0-d tensor|invalid index of a 0-dim tensor", _SQUEEZED),
        (r"Found no NVIDIA driver|Torch not compiled with CUDA enabled|No CUDA GPUs are available", _NO_GPU),
        (
            r"Expected all tensors to be on the same device|Input type .*torch\.cuda\..* should be the same",
            _(
                "what you make yourself belongs on the device of the inputs: torch.zeros(…, device=x.device), MEAN.to(x.device)"
            ),
        ),
        (
            r"urlopen error|Name or service not known|Temporary failure in name resolution",
            _("there is no network while grading: a function may not download weights or data"),
        ),
    )
)


ADVICE = tuple(dict.fromkeys(text for _pattern, text in _DROPPED))
"""everything it can say; {1} is the name that is gone"""


def advice(message: str) -> str:
    """What to write instead, when the message of an exception shows that a package has moved on; else ""."""
    for pattern, text in _DROPPED:
        found = pattern.search(message)
        if found:
            return text.replace("{1}", found[1]) if "{1}" in text else text
    return ""
