"""Cell magics that would run a shell while the notebook is read.

kind: file
suffix: .ipynb
"""

import json
def build():
    s = ['%%bash\ntouch grade-attack-left', '!touch grade-attack-left', '%run /etc/passwd', '%load_ext grade_attack']
    cells = [{'cell_type': 'code', 'source': x, 'metadata': {}, 'outputs': [], 'execution_count': None} for x in s]
    return json.dumps({'nbformat': 4, 'nbformat_minor': 4, 'metadata': {}, 'cells': cells}).encode()
