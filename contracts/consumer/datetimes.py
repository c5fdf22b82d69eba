"""The datetime module in a world's time: only `now` and `today` differ; knows no world."""

from __future__ import annotations

import datetime as real
import os
import sys
import sysconfig
from collections.abc import Callable
from types import ModuleType
from typing import Any

_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_LIBRARY = tuple(sysconfig.get_paths()[name] + os.sep for name in ("stdlib", "platstdlib"))
_OURS = ("_pytest", "pytest", "hypothesis", "xdist", "execnet", "mockserver", "contracts")


def is_theirs(name: str) -> bool:
    """Whether a module is the program's own: neither of Python, nor installed, nor ours."""
    if name.partition(".")[0] in _OURS:
        return False
    file = getattr(sys.modules.get(name), "__file__", None)
    if not isinstance(file, str):
        return False
    return not any(part in file for part in _PACKAGES) and not file.startswith(_LIBRARY)


class Datetimes:
    """Stand-ins for the module `datetime` and its classes; `seconds` gives the time since 1970.

    What they make are real dates and times, and for isinstance they are the real classes.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        class Like(type):
            """Every real date or time is an instance of the stand-in."""

            stands_for: type

            def __instancecheck__(cls, instance: object) -> bool:
                return isinstance(instance, cls.stands_for)

            def __subclasscheck__(cls, subclass: type) -> bool:
                return issubclass(subclass, cls.stands_for)

        class Datetime(real.datetime, metaclass=Like):
            stands_for = real.datetime

            def __new__(cls, *args: Any, **kwargs: Any) -> Any:
                return real.datetime(*args, **kwargs)

            @classmethod
            def now(cls, tz: real.tzinfo | None = None) -> Any:
                return real.datetime.fromtimestamp(seconds(), tz)

            @classmethod
            def utcnow(cls) -> Any:
                return real.datetime.fromtimestamp(seconds(), real.UTC).replace(tzinfo=None)

            @classmethod
            def today(cls) -> Any:
                return real.datetime.fromtimestamp(seconds())

        class Date(real.date, metaclass=Like):
            stands_for = real.date

            def __new__(cls, *args: Any, **kwargs: Any) -> Any:
                return real.date(*args, **kwargs)

            @classmethod
            def today(cls) -> Any:
                return real.date.fromtimestamp(seconds())

        module = ModuleType(real.__name__, real.__doc__)
        module.__dict__.update(real.__dict__)
        module.__dict__.update(datetime=Datetime, date=Date)
        self._instead: dict[int, Any] = {id(real.datetime): Datetime, id(real.date): Date, id(real): module}

    def instead_of(self, value: object) -> Any:
        """The stand-in for the module or one of its classes; None for anything else."""
        return self._instead.get(id(value))
