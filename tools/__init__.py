"""Tools that build what the product ships."""
