"""A reply nested a hundred thousand deep.

kind: answers
"""

import sys, struct
serve = sys.modules["grader.worker.serve"]
def total(x):
    deep = b"[" * 100_000 + b"]" * 100_000
    serve.pack_text = lambda h, b=b"": struct.pack("!IQ", len(deep) + 10, 0) + b'{"value":' + deep + b"}"
    return x
mean = total
