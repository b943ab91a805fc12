"""What is derived: closed forms, best known models, boundaries.  Never trains, never samples."""

import lazy_loader

# The names are in __init__.pyi; a module is loaded when one of its names is first asked for.
_public, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from ground.version import installed_version

        return installed_version()
    return _public(name)
