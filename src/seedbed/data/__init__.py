"""Layer `data`: corpora, their splits and duplicates, token caches and windows, and a generated story world."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
