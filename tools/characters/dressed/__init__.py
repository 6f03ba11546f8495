"""People for training pictures, dressed from a folder of MakeHuman assets: ``python -m tools.characters.dressed``."""
