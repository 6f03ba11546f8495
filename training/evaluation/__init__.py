"""How good a model is: ``poseable evaluate pose``.

`dataset` reads COCO files, `measure` runs the pipeline, `figures` sums up, `report` draws the page.
"""
