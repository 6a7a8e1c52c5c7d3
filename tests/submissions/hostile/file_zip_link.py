"""An archive with a link to a file of the machine.

kind: file
suffix: .zip
"""

import io, zipfile
def build():
    b = io.BytesIO()
    with zipfile.ZipFile(b, 'w') as z:
        i = zipfile.ZipInfo('s01_sums.py'); i.external_attr = 0o120777 << 16; z.writestr(i, '/etc/passwd')
    return b.getvalue()
