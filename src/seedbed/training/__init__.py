"""Layer `training`: grow populations; optimisers, schedules, the single-member program, workers and events.

Its names are imported when they are asked for: a command starts its workers (`crew`) before anything that needs JAX.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
