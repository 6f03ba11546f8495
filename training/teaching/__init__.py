"""Teaching released networks: ``poseable train pose``.

`network` cuts a network in two, `views` keeps what the first half makes of pictures, `loop` teaches with `optimizer`,
`pose` puts the stages together, `choice` decides what is kept of it, `guard` what may leave.
"""
