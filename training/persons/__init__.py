"""Teaching the person detector: ``poseable train detector``, and measuring it: ``poseable evaluate detector``.

`habits` says where the released detector puts things, `targets` what its anchors should say of known people, `scenes`
draws what it is shown, `losses` compares, `measure` counts, `teach` puts it together.
"""
