"""Hangs where the grader calls between cells.

kind: kernel
"""

def attack():
    def deaf(line):
        while True: time.sleep(1)
    for name in ("grade_enter", "grade_serve"): KERNEL.shell.register_magic_function(deaf, "line", name)
