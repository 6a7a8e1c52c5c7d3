"""An archive that announces less than it holds.

kind: file
suffix: .zip
"""

import io, zipfile, struct
def build():
    b = io.BytesIO()
    with zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('s01_sums.py', b' ' * (60 << 20))
    d = bytearray(b.getvalue()); at = d.rindex(b'PK\1\2'); d[at+24:at+28] = struct.pack('<I', 10)
    return bytes(d)
