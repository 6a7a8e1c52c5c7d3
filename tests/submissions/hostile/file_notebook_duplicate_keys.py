"""A notebook that says everything twice.

kind: file
suffix: .ipynb
"""

def build(): return b'{"nbformat":4,"nbformat":3,"cells":[],"cells":[{"cell_type":"code","source":"x=1"}],"metadata":{}}'
