"""Pictures and videos in, people in 2D and 3D out: ``poseable predict``, and `api` behind ``import poseable``."""
