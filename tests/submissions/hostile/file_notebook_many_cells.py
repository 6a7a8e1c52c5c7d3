"""A notebook of two hundred thousand cells.

kind: file
suffix: .ipynb
"""

import json
def build():
    c = {'cell_type': 'code', 'source': 'x=1', 'metadata': {}, 'outputs': [], 'execution_count': None}
    return json.dumps({'nbformat': 4, 'nbformat_minor': 4, 'metadata': {}, 'cells': [c] * 200_000}).encode()
