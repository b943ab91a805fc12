"""What is measured: samplers, models, training.  Knows nothing of theory.

The schedules live in `numeric.schedules`: there `Linear` is a learning rate, here it is a model.
"""

import lazy_loader

# The names are in __init__.pyi; a module is loaded when one of its names is first asked for.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
