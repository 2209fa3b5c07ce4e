"""Libraries that the user's tests may have loaded: the real ones, not what stands in for them.

Tests put ``MagicMock()``, stubs that raise in ``__getattr__``, or None into ``sys.modules``. So
helpers act on a library only if it is really there, and look at it without running code of a stub.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import FunctionType, ModuleType
from typing import Any, Final, cast


def loaded_module(name: str) -> dict[str, Any] | None:
    """The names in a module that is loaded; None if it is not, or if it is no real module."""
    module = sys.modules.get(name)
    # Not isinstance(): it asks the object, and a mock says yes.
    if not issubclass(type(module), ModuleType):
        return None
    names: dict[str, Any] = ModuleType.__getattribute__(module, "__dict__")
    return names if names.get("__file__") else None


def function_of(name: str, function: str) -> Callable[..., Any] | None:
    """A function of a loaded module, written in Python by its library; None if there is none.

    Args:
        name: The module.
        function: The function's name there; it may come from another module of the library.
    """
    found = (loaded_module(name) or {}).get(function)
    library = name.partition(".")[0]
    if type(found) is not FunctionType or found.__module__.partition(".")[0] != library:
        return None
    return found


MISSING: Final = "{} needs {}, which is not loaded: import it in the test"
"""What a helper says that needs a library."""


def no_grad() -> AbstractContextManager[Any]:
    """Torch's context without gradients; one that does nothing without torch."""
    no_gradients = (loaded_module("torch") or {}).get("no_grad")
    return nullcontext() if no_gradients is None else cast("Any", no_gradients)()
