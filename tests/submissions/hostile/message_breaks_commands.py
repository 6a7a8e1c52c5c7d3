"""Replaces what the grader calls between cells.

kind: kernel
"""

def attack():
    def broken(line): raise RuntimeError("no")
    for name in ("grade_enter", "grade_serve"): KERNEL.shell.register_magic_function(broken, "line", name)
    KERNEL.shell.events.callbacks["pre_run_cell"].clear()
