"""Answers many questions with parcels that lie: of other sizes, empty, with more answers than there were questions.

kind: answers
"""

import itertools, json, struct, sys
serve = sys.modules["grader.worker.serve"]
value = {"t": "tensor", "dtype": "float32", "shape": [], "at": 0, "device": "cpu"}
answer = json.dumps({"value": value, "changed": []}).encode()
lies = itertools.cycle([
    ([[len(answer), 4]] * 1000, (answer + bytes(4)) * 1000),
    ([], b""),
    ([[1 << 62, 0], [-(1 << 62), 0]], b""),
    ([[len(answer), 4]], answer),
    ([[True, 0.5]], b""),
    ("sizes", b""),
    (None, answer),
])
def lie(header, body=b""):
    sizes, data = next(lies)
    text = json.dumps({"sizes": sizes, "id": json.loads(header)["id"]}, separators=(",", ":")).encode()
    return struct.pack("!IQ", len(text), len(data)) + text + data
def total(x):
    serve.pack_text = lie
    return x.new_tensor(12345.0)
mean = total
