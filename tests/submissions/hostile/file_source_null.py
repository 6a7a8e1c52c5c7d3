"""Null bytes and a strange encoding.

kind: file
suffix: .py
"""

def build(): return b'# -*- coding: utf-7 -*-\n\0\0+ADw-'
