"""An archive that unpacks to two gigabytes.

kind: file
suffix: .zip
"""

import io, zipfile
def build():
    b = io.BytesIO()
    with zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as z:
        for n in range(40): z.writestr(f'm{n}.py', b' ' * (50 << 20))
    return b.getvalue()
