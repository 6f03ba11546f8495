"""How good a model is: ``poseable evaluate pose``.

`measure` runs the pipeline, `figures` sums up, `report` draws the page.
"""
