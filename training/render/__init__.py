"""Labelled pictures of the stage in any number: ``poseable render``.

`recipe` says what, `people` who, `studio` draws in headless browsers, `store` keeps, `coco` labels.
"""
