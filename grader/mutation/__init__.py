"""How well do a course's checks judge? Small mistakes are put into the reference, one at a time, and graded.

operators   what a small mistake is: a node of the syntax tree → nodes that stand wrongly in its place
generate    a module's source → its mutants, each with the definition it changes
listed      the mutants that may survive, and why: tests/mutants.yaml of a course
run         mutants → verdicts, in warm workers
report      verdicts → the table, the survivors, docs/mutants.md
"""
