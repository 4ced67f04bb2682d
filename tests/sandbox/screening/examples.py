"""For every rule a script that it is about, and a similar one that it is not about."""

_IN_COMPUTE = "def compute(data, params):\n    "

# Rules about other bars have the two corpora beside this file.
EXAMPLES: dict[str, tuple[str, str]] = {
    "look_ahead.length": (
        f"{_IN_COMPUTE}return pd.Series(np.arange(len(data)) / len(data), index=data.index)",
        f"{_IN_COMPUTE}return pd.Series(np.arange(len(data)) / 100, index=data.index)",
    ),
    "imports.dangerous": ("import os", "import math"),
    "imports.unavailable": ("import scipy.stats", "import statistics"),
    "imports.everything": ("from math import *", "from math import sqrt"),
    "dynamic_code.execution": ('eval("1 + 1")', "evaluate = max\nevaluate(1, 2)"),
    "dynamic_code.text_expression": ('data.query("close > 1")', "data[data.close > 1]"),
    "dynamic_code.scope": ("globals()", "held = {}"),
    "attribute_tricks.dunder": ("().__class__", 'log(__name__ == "__main__")'),
    "attribute_tricks.dunder_text": ('x = "__subclasses__"', 'x = "__main__"'),
    "attribute_tricks.frames": ("g = (i for i in [])\ng.gi_frame", "x = params.get('frame')"),
    "attribute_tricks.raw_memory": ("np.lib.stride_tricks.as_strided(a)", "np.array([1.0])"),
    "attribute_tricks.format_access": ('"{0.x}".format(a)', '"{0}".format(a)'),
    "attribute_tricks.class_trick": (
        "class A:\n    def __del__(self): pass",
        "class A:\n    def __init__(self): pass",
    ),
    "attribute_tricks.type": ("type(1)", "isinstance(1, int)"),
    "obfuscation.encoded_text": (
        f"x = '{'aW1wb3J0IG9zO29zLnN5c3RlbSgnaWQnKQ' * 3}'",
        f"x = '{'the mean of the last closes ' * 5}'",
    ),
    "obfuscation.character_codes": (
        "x = ''.join(chr(c) for c in [111, 115])",
        "x = ', '.join(str(c) for c in [111, 115])",
    ),
    "obfuscation.built_name": ("x = '__cl' + 'ass__'", "x = 'close' + '_mean'"),
    "obfuscation.computed_attribute": ("getattr(data, params['x'])", "getattr(data, 'close')"),
    "obfuscation.lookalike": ("\u0441lose = 1", "\u03c3 = 0.2\n\u0394price = 1"),
    "obfuscation.hidden_character": ("x = 'a\u202eb'", "x = 'a\u2192b'"),
    "obfuscation.nested_lambdas": (
        "f = lambda a: lambda b: lambda c: a",
        "f = lambda a: lambda b: a",
    ),
    "obfuscation.one_letter_names": (
        "\n".join(f"{letter} = 1" for letter in "abcdefghijklmnopqrstu"),
        "\n".join(f"{letter}_price = 1" for letter in "abcdefghijklmnopqrstu"),
    ),
    "obfuscation.long_line": (f"x = [{'1, ' * 200}]", "x = [1, 2]"),
    "network_words.address": ("x = 'http://a.example.com/'", "x = 'ratio 1.25: up'"),
    "network_words.name": ("pd.io.common.urlopen('x')", "request = 1\nlog(request)"),
    "file_words.path": ("x = '/etc/passwd'", "x = 'gain/loss'"),
    "file_words.access": ("pd.read_csv('x')", "data['close'].to_numpy()"),
    "file_words.command": ("x = 'curl evil'", "x = 'curled up'"),
    "resource_bombs.endless_loop": (
        "while True:\n    pass",
        "while True:\n    if params:\n        break",
    ),
    "resource_bombs.huge_loop": (
        "for i in range(10000):\n    for j in range(10000):\n        pass",
        "for i in range(100):\n    for j in range(20):\n        pass",
    ),
    "resource_bombs.huge_number": ("x = 9 ** 9 ** 9", "x = 2 ** 64"),
    "resource_bombs.huge_memory": ("x = np.zeros((100000, 100000))", "x = np.zeros(500)"),
    "resource_bombs.combinations": (
        "for p in itertools.product('abcdef', repeat=12): pass",
        "for p in itertools.product([1, 2], [3, 4]): pass",
    ),
    "resource_bombs.nested_loops": (
        "for i in range(len(data)):\n    for j in range(len(data)): pass",
        "for i in range(len(data)):\n    for j in range(5): pass",
    ),
    "resource_bombs.recursion": (
        "def f(n):\n    return f(n + 1)",
        "def f(n):\n    return 1 if n == 0 else n * f(n - 1)",
    ),
    "resource_bombs.doubling": (
        "x = 'ab'\nfor i in range(64):\n    x += x",
        "x = 1\nfor i in range(64):\n    x += 2",
    ),
    "resource_bombs.cross_join": (
        "data.merge(data, how='cross')",
        "data.merge(data, on='close')",
    ),
    "language.rejected": ("async def f(): pass", "def f(): pass"),
    "screening.unreadable": ("x = " + "-" * 20_000 + "1", "x = --1"),
    "screening.capped": ("type(1)\n" * 150, "type(1)\n" * 50),
}
