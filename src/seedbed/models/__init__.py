"""Layer `models`: language models from named parts, their presets and counts, and decoding with a cache."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
