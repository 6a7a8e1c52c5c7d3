"""An archive whose member begins at the root.

kind: file
suffix: .zip
"""

import io, zipfile
def build():
    b = io.BytesIO()
    with zipfile.ZipFile(b, 'w') as z: z.writestr('/tmp/grade-attack-left.py', 'x = 1')
    return b.getvalue()
