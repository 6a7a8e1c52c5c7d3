"""An archive of ten thousand members.

kind: file
suffix: .zip
"""

import io, zipfile
def build():
    b = io.BytesIO()
    with zipfile.ZipFile(b, 'w') as z:
        for n in range(10_000): z.writestr(f'm{n}.py', '')
    return b.getvalue()
