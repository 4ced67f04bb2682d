"""What to write instead: the second half of every refusal, by what the script tried to use."""

_MARKET_DATA = "a script reads data with get_market_data()"
_PARAMS = "a script reads its settings from params and context"
_EMIT = "return values with emit_signal()"
_LIBRARIES = "use numpy, pandas, pandas_ta or talib"
_ONE_RUN = "the platform runs one script per instrument by itself"
_PLOT = "send the numbers with emit_signal(); charts are drawn from outputs"
_OWN_DICTIONARY = "use a dictionary of your own"
_BOOLEAN_INDEXING = 'select rows by a condition, as in df[df["close"] > 100]'
_EXPRESSION = 'write the expression itself, as in df["high"] - df["low"]'
_SAME_EVERYWHERE = "settings of the libraries are the platform's, the same for every run"

MODULES = {
    "aiohttp": _MARKET_DATA,
    "asyncio": _ONE_RUN,
    "builtins": "the built-in functions need no import",
    "concurrent": _ONE_RUN,
    "csv": _MARKET_DATA,
    "ctypes": _LIBRARIES,
    "gc": "memory is freed by itself",
    "http": _MARKET_DATA,
    "importlib": "write the import statement itself",
    "inspect": "call the function itself",
    "io": _MARKET_DATA,
    "logging": "write lines with log()",
    "matplotlib": _PLOT,
    "multiprocessing": _ONE_RUN,
    "numba": _LIBRARIES,
    "os": _MARKET_DATA,
    "pathlib": _MARKET_DATA,
    "pickle": "use json.dumps() and json.loads()",
    "plotly": _PLOT,
    "pytz": "use zoneinfo.ZoneInfo() or tz_convert() with the name of the zone",
    "re": "use the methods of text, or .str of a Series",
    "requests": _MARKET_DATA,
    "scipy": _LIBRARIES,
    "shutil": _MARKET_DATA,
    "signal": "emit_signal() needs no import",
    "sklearn": _LIBRARIES,
    "socket": _MARKET_DATA,
    "sqlite3": _MARKET_DATA,
    "statsmodels": _LIBRARIES,
    "subprocess": "a script computes and calls emit_signal()",
    "sys": _PARAMS,
    "ta": "import pandas_ta as ta",
    "tensorflow": _LIBRARIES,
    "threading": _ONE_RUN,
    "torch": _LIBRARIES,
    "traceback": "write lines with log()",
    "urllib": _MARKET_DATA,
    "uuid": "outputs get their identity from the platform",
    "yfinance": _MARKET_DATA,
}

BUILTINS = {
    "breakpoint": "write lines with log()",
    "bytearray": "use a list or numpy.array()",
    "compile": "write the statements themselves",
    "dir": "the names a script may use are in the documentation",
    "eval": "write the expression itself",
    "exec": "write the statements themselves",
    "exit": "let the script come to its end, or raise an error",
    "globals": _OWN_DICTIONARY,
    "help": "the names a script may use are in the documentation",
    "id": "compare with `is`",
    "input": "a script reads its settings from params",
    "locals": _OWN_DICTIONARY,
    "memoryview": "use numpy.array()",
    "open": _MARKET_DATA,
    "quit": "let the script come to its end, or raise an error",
}

# By the name of the attribute, whatever it is asked of.
ATTRIBUTES = {
    "applymap": "use map()",
    "as_strided": "use sliding_window_view()",
    "boxplot": _PLOT,
    "ctypes": "compute with the array itself",
    "data": "compute with the array itself",
    "eval": _EXPRESSION,
    "frombuffer": "use array()",
    "fromfile": _MARKET_DATA,
    "frompyfunc": "use vectorize()",
    "genfromtxt": _MARKET_DATA,
    "hist": _PLOT,
    "load": _MARKET_DATA,
    "loadtxt": _MARKET_DATA,
    "memmap": _MARKET_DATA,
    "mro": "compare with isinstance()",
    "now": "the run's clock is get_timestamp()",
    "option_context": _SAME_EVERYWHERE,
    "options": _SAME_EVERYWHERE,
    "plot": _PLOT,
    "query": _BOOLEAN_INDEXING,
    "save": _EMIT,
    "savetxt": _EMIT,
    "set_option": _SAME_EVERYWHERE,
    "set_printoptions": "write numbers as text with an f-string",
    "style": "write lines with log()",
    "tobytes": "use tolist()",
    "tofile": _EMIT,
    "trapz": "use trapezoid()",
    "view": "use astype()",
}
# The same for whole families, by how the name begins.
ATTRIBUTE_FAMILIES = {
    "read_": _MARKET_DATA,
    "savez": _EMIT,
    "to_clip": _EMIT,
    "to_csv": _EMIT,
    "to_excel": _EMIT,
    "to_feather": _EMIT,
    "to_hdf": _EMIT,
    "to_html": _EMIT,
    "to_json": "use json.dumps(df.to_dict())",
    "to_latex": _EMIT,
    "to_markdown": "use to_string()",
    "to_orc": _EMIT,
    "to_parquet": _EMIT,
    "to_pickle": _EMIT,
    "to_records": 'use to_dict("records")',
    "to_sql": _EMIT,
    "to_stata": _EMIT,
    "to_xarray": "use to_numpy()",
    "to_xml": _EMIT,
}

# Statements and expressions that are no part of the language, by the name of their syntax.
SYNTAX = {
    "AsyncComprehension": f"a comprehension with async is not available; {_ONE_RUN}",
    "AsyncFor": f"async for is not available; {_ONE_RUN}; write for",
    "AsyncFunctionDef": f"async functions are not available; {_ONE_RUN}; write def",
    "AsyncWith": f"async with is not available; {_ONE_RUN}; write with",
    "Await": f"await is not available; {_ONE_RUN}; call the function",
    "TryStar": "except* is not available; write except",
    "TypeAlias": "type statements are not available; assign the type to a name",
}
STAR_IMPORT = "import * is not available; name what you import, as in `from math import sqrt`"
METACLASS = "class keywords are not available; derive from a class that does what you need"
DOUBLE_UNDERSCORE_ATTRIBUTE = (
    "attributes may not begin with two underscores: {name}; a script reads what is documented"
)
DOUBLE_UNDERSCORE_NAME = "names may not begin with two underscores: {name}; choose another name"
SPECIAL_METHOD = (
    "a class may not define {name}; the special methods of numbers, containers, comparisons and "
    "`with` are available"
)
RESERVED_NAME = "{name} is a name of the platform; choose another name"
INSPECTED_ATTRIBUTE = "{name} belongs to Python's own machinery; a script does not need it"
TOO_DEEP = "an expression is nested too deeply; split it into several lines"
TOO_LONG = "the script has {nodes} elements; {most} are the most"
MACHINE_CLOCK = (
    "{word!r} would be the machine's clock; use pd.Timestamp(get_timestamp()), the run's clock"
)
SLEEP = (
    "time.sleep() is limited to {most:g} s in a whole run; a script need not wait: it is run again "
    "when its next bar closes"
)
