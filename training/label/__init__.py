"""Own photos: labelled beforehand by the present model, reviewed by hand in another tool, read back for teaching."""
