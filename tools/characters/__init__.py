"""Rigged, clothed people from CC0 data: ``python -m tools.characters build --all --out static/characters``."""
