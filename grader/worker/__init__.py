"""The untrusted side: it holds the student's code and answers calls with values, never with verdicts.

Modules here import the standard library, numpy, PIL, torch and each other, and nothing else of ours.
"""
