"""Data sets, renders, losses, fitting and evaluation. Changes numbers."""
