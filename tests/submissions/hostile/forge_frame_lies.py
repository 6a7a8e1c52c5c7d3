"""A tensor whose announced shape is larger than its bytes.

kind: answers
"""

import sys, struct, json
serve = sys.modules["grader.worker.serve"]
def lie(header, body=b""):
    id = json.loads(header)["id"]
    node = {"t": "tensor", "dtype": "float32", "shape": [1 << 20, 1 << 20], "at": 0, "device": "cpu"}
    text = json.dumps({"value": node, "changed": [], "id": id}).encode()
    return struct.pack("!IQ", len(text), 4) + text + bytes(4)
def total(x):
    serve.pack_text = lie
    return x
mean = total
