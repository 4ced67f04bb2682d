"""What scripts may write in Python itself: built-in names, base classes, special methods."""

from execution.sandbox.policy.words import words

SOURCE_NODES_MAXIMUM = 20_000
# An error repeats at most so much of what a script wrote.
QUOTED_CHARACTERS_MAXIMUM = 60
MESSAGE_CHARACTERS_MAXIMUM = 400
# All of a run's sleeping together; it is granted at once, because the run's clock stands still.
SLEEP_SECONDS_MAXIMUM = 1.0

# A class may define these; nothing else may begin with two underscores.
MAGIC_METHODS = words("""
    __abs__ __add__ __and__ __bool__ __call__ __ceil__ __contains__ __delitem__ __divmod__
    __enter__ __eq__ __exit__ __float__ __floor__ __floordiv__ __format__ __ge__ __getattr__
    __getitem__ __gt__ __hash__ __iadd__ __iand__ __ifloordiv__ __imod__ __imul__ __init__
    __int__ __invert__ __ior__ __ipow__ __isub__ __iter__ __itruediv__ __ixor__ __le__ __len__
    __lshift__ __lt__ __matmul__ __missing__ __mod__ __mul__ __ne__ __neg__ __next__ __or__
    __pos__ __post_init__ __pow__ __radd__ __rand__ __repr__ __reversed__ __rfloordiv__
    __rmatmul__ __rmod__ __rmul__ __ror__ __round__ __rpow__ __rshift__ __rsub__ __rtruediv__
    __rxor__ __setitem__ __str__ __sub__ __truediv__ __trunc__ __xor__
""")

# Of these, what numpy and pandas would ask of objects that they sort, join or look up.
COMPARISONS = words("__eq__ __ge__ __gt__ __hash__ __le__ __lt__ __ne__")
# Every operator with two operands, besides those that only change the first.
OPERATORS = COMPARISONS | words("""
    __add__ __and__ __divmod__ __floordiv__ __iadd__ __iand__ __ifloordiv__ __imod__ __imul__
    __ior__ __ipow__ __isub__ __itruediv__ __ixor__ __lshift__ __matmul__ __mod__ __mul__ __or__
    __pow__ __radd__ __rand__ __rfloordiv__ __rmatmul__ __rmod__ __rmul__ __ror__ __rpow__
    __rshift__ __rsub__ __rtruediv__ __rxor__ __sub__ __truediv__ __xor__
""")

# What a class body may assign: read by Python itself, never by the libraries.
MAGIC_CLASS_NAMES = words("""
    __doc__ __hash__ __match_args__ __repr__ __slots__ __str__
""")

# What may be read of a script's own classes, objects and functions.
READABLE_MAGIC = words("""
    __annotations__ __class__ __dict__ __doc__ __match_args__ __name__ __qualname__
""")

# pandas takes an object for one of its own by this name alone.
RESERVED_NAMES = words("_typ")

BASES_OF_SCRIPT_CLASSES = words("""
    ArithmeticError AssertionError AttributeError Exception IndexError KeyError LookupError
    NotImplementedError OverflowError RuntimeError StopIteration TypeError UserWarning
    ValueError Warning ZeroDivisionError object
""")

EXCEPTIONS = words("""
    ArithmeticError AssertionError AttributeError BaseException BufferError DeprecationWarning
    EOFError EnvironmentError Exception FloatingPointError FutureWarning GeneratorExit IOError
    ImportError IndexError KeyError KeyboardInterrupt LookupError MemoryError
    ModuleNotFoundError NameError NotImplementedError OSError OverflowError PermissionError
    RecursionError RuntimeError RuntimeWarning StopAsyncIteration StopIteration SystemExit
    TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError
    UserWarning ValueError Warning ZeroDivisionError
""")

PLAIN_BUILTINS = words("""
    Ellipsis False None NotImplemented True abs ascii bin bool bytes callable chr classmethod
    complex dict divmod float frozenset hash hex int isinstance issubclass len list object oct
    ord pow property range repr reversed round set slice staticmethod str super tuple
""")
