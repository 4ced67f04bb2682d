"""numpy as scripts see it."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from execution.sandbox.guest.clock import refuse_machine_clock
from execution.sandbox.guest.dispatch import NotAllowed
from execution.sandbox.guest.facade import Facade, pick
from execution.sandbox.guest.operators import lexsort
from execution.sandbox.guest.randomness import RANDOMNESS
from execution.sandbox.policy import arrays


class StandIn(type):
    """The type of classes that stand for one of numpy's, whose constructor no script may call."""

    real: type

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        super().__init__(name, bases, namespace)
        cls.__name__ = cls.real.__name__

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.real)

    def __eq__(cls, other: object) -> bool:
        # An array's dtype is compared with what the script calls the type.
        return other is cls or other is cls.real

    def __hash__(cls) -> int:
        return hash(cls.real)


class ArrayType(metaclass=StandIn):
    """Stands for `numpy.ndarray` in `isinstance`; arrays are made with `numpy.array`."""

    real = np.ndarray

    def __init__(self, *_arguments: Any, **_keywords: Any) -> None:
        raise NotAllowed("numpy.ndarray() is not available; use numpy.array() or numpy.zeros()")


class InstantType(metaclass=StandIn):
    """Stands for `numpy.datetime64`, which would read the machine's clock when it is told "now"."""

    real = np.datetime64
    # numpy takes an object for a data type by this attribute.
    dtype = np.dtype("datetime64")

    def __new__(cls, *arguments: Any) -> Any:
        refuse_machine_clock(arguments[0] if arguments else None)
        return np.datetime64(*arguments)


def _is_instant(kind: Any) -> bool:
    try:
        return kind is not None and np.dtype(kind).kind == "M"
    except TypeError:
        return False


def _is_text(kind: Any) -> bool:
    try:
        return np.dtype(kind).kind in "SUT"
    except TypeError:
        return False


def _copied_lists(data: Any) -> Any:
    if type(data) is list:
        return [_copied_lists(item) for item in data]
    return tuple(_copied_lists(item) for item in data) if type(data) is tuple else data


def _from_data(function: Callable[..., Any], *, position: int = 1) -> Callable[..., Any]:
    """Return a function that makes arrays of data, which may be text that means "now"."""

    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        kind = arguments[position] if len(arguments) > position else keywords.get("dtype")
        if kind is not None and _is_text(kind):
            # What an object says of itself is asked while numpy walks the lists.
            arguments = tuple(_copied_lists(data) for data in arguments)
            keywords = {name: _copied_lists(data) for name, data in keywords.items()}
        elif kind is not None and type(kind) is not type and _is_instant(kind):
            for data in (*arguments[:position], *keywords.values()):
                refuse_machine_clock(data)
        return function(*arguments, **keywords)

    return call


def _without_clock_words(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function to which text is data, and no instant."""

    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        for data in (*arguments, *keywords.values()):
            if isinstance(data, str | list):
                refuse_machine_clock(data)
        return function(*arguments, **keywords)

    return call


def _vectorize(function: Any = None, /, otypes: Any = None, excluded: Any = None) -> Any:
    if function is None:
        return lambda given: _vectorize(given, otypes, excluded)
    made = np.vectorize(function, otypes=otypes, excluded=excluded)
    return lambda *arguments, **keywords: made(*arguments, **keywords)


def _seterr(**settings: str) -> dict[str, str]:
    # Warnings are not shown anyway; what a script does about errors may not outlive its run.
    if not set(settings.values()) <= {"ignore", "warn"}:
        raise NotAllowed("numpy.seterr() can only ignore; write `with np.errstate(...)` instead")
    return dict.fromkeys(settings, "ignore")


def _dtype(described: Any) -> np.dtype[Any]:
    made: np.dtype[Any] = np.dtype(described)
    if made.names is not None or made.subdtype is not None:
        raise NotAllowed("data types with fields are not available; use a pandas.DataFrame")
    return made


def _random() -> Facade:
    state = RANDOMNESS.numpy
    members = pick(state, arrays.RANDOM) | {
        "RandomState": RANDOMNESS.random_state,
        "default_rng": RANDOMNESS.default_rng,
        "seed": RANDOMNESS.reseed_numpy,
    }
    return Facade("numpy.random", members)


def build_numpy_modules() -> dict[str, Facade]:
    """Return the facades of numpy by the names they are imported under."""
    tricks = Facade("numpy.lib.stride_tricks", pick(np.lib.stride_tricks, arrays.STRIDE_TRICKS))
    inner = {
        "numpy.linalg": Facade("numpy.linalg", pick(np.linalg, arrays.LINALG)),
        "numpy.fft": Facade("numpy.fft", pick(np.fft, arrays.FFT)),
        "numpy.random": _random(),
        "numpy.lib": Facade("numpy.lib", {"stride_tricks": tricks}),
    }
    members = pick(np, arrays.FUNCTIONS) | {
        "datetime64": InstantType,
        "dtype": _dtype,
        "ndarray": ArrayType,
        "lexsort": lexsort,
        "seterr": _seterr,
        "vectorize": _vectorize,
    }
    for name in arrays.MAKE_ARRAYS_OF_DATA:
        position = 2 if name == "full" else 1
        members[name] = _from_data(getattr(np, name), position=position)
    for name in arrays.TAKE_INSTANTS_AS_TEXT:
        members[name] = _without_clock_words(getattr(np, name))
    members |= {name.removeprefix("numpy."): facade for name, facade in inner.items()}
    return {"numpy": Facade("numpy", members), "numpy.lib.stride_tricks": tricks, **inner}
