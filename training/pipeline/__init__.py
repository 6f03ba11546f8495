"""The page's pipeline in Python, step by step the same: detector, region, landmark network, heat map, projection.

`crop` and `people` are twins of the modules of these names in ``static/js/tracker/``, `estimator` of estimator.js;
`networks` runs the networks, `pictures` reads images.
"""
