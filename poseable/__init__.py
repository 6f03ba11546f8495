"""The command line: ``poseable serve``, ``poseable convert``, ``poseable export`` and more."""
