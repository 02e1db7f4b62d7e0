"""Layer `evaluation`: what a member is asked, how its answers are scored, and the rows of numbers that come out."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
