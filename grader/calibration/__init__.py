"""grade calibrate: thresholds of training tasks are measured, not guessed.

measure     reference and variants over paired seeds
separation  which metric tells right from wrong, and by how much
tables      both, to be read
run         the command
"""
