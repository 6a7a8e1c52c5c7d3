"""Pure renderers: a Score in, text out."""
