"""Arrays begin as zeros, whoever makes them: nothing of what was in memory before is ever shown.

`numpy.empty`, functions that skip elements, and pandas itself would otherwise hand out what earlier
objects left behind: addresses, other contexts' numbers, and something else in every repetition.
"""

import ctypes
import functools
import importlib
from typing import Any

# Where numpy's table of functions for C has those that set and get how memory is allocated.
_SET_HANDLER = 304
_GET_HANDLER = 305
_HANDLER_NAME = b"mem_handler"


class _Handler(ctypes.Structure):
    """How numpy allocates: its PyDataMem_Handler, whose functions get the context first."""

    _fields_ = (
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        ("context", ctypes.c_void_p),
        ("malloc", ctypes.c_void_p),
        ("calloc", ctypes.c_void_p),
        ("realloc", ctypes.c_void_p),
        ("free", ctypes.c_void_p),
    )


# Of what numpy points into, for as long as the process lives.
_HELD: list[Any] = []


def _capsule_pointer(capsule: Any, name: bytes | None) -> int:
    find = ctypes.pythonapi.PyCapsule_GetPointer
    find.restype = ctypes.c_void_p
    find.argtypes = (ctypes.py_object, ctypes.c_char_p)
    pointer: int = find(capsule, name)
    return pointer


def _numpy_function(position: int, kind: Any) -> Any:
    table = _capsule_pointer(
        importlib.import_module("numpy._core._multiarray_umath")._ARRAY_API, None
    )
    address = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))[position]
    return kind(address)


@functools.cache
def prepare_zeroing() -> tuple[Any, Any]:
    """Return numpy's function that sets how memory is allocated, and a handler that zeroes it."""
    getter = _numpy_function(_GET_HANDLER, ctypes.PYFUNCTYPE(ctypes.py_object))
    setter = _numpy_function(_SET_HANDLER, ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object))
    usual = _Handler.from_address(_capsule_pointer(getter(), _HANDLER_NAME))
    calloc = ctypes.cast(ctypes.CDLL(None).calloc, ctypes.c_void_p).value
    # The context is malloc's first argument: one element of so many bytes. The others ignore it.
    zeroing = _Handler(b"zeroed", 1, 1, calloc, usual.calloc, usual.realloc, usual.free)
    make = ctypes.pythonapi.PyCapsule_New
    make.restype = ctypes.py_object
    make.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    name = ctypes.create_string_buffer(_HANDLER_NAME)
    capsule = make(ctypes.addressof(zeroing), ctypes.cast(name, ctypes.c_char_p), None)
    _HELD.extend((zeroing, name))
    return setter, capsule


def start_arrays_as_zeros() -> None:
    """Have numpy allocate with C's calloc in this context and in those copied from it."""
    setter, capsule = prepare_zeroing()
    setter(capsule)
