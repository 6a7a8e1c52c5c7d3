"""An archive whose member climbs out.

kind: file
suffix: .zip
"""

import io, zipfile
def build():
    b = io.BytesIO()
    with zipfile.ZipFile(b, 'w') as z: z.writestr('../../grade-attack-left.py', 'x = 1')
    return b.getvalue()
