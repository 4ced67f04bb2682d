"""What reaches outside of what a script is given: imports, dynamic code, attributes, files, net."""

import ast
import re
import string
from collections.abc import Iterator

from execution.sandbox.guest import facades
from execution.sandbox.guest.checks.script import Found, Script, method_of, words
from execution.sandbox.policy import messages

DANGEROUS_MODULES = words(
    "os sys subprocess socket ctypes _ctypes importlib pickle marshal shelve shutil pathlib io "
    "builtins inspect gc threading _thread multiprocessing asyncio signal mmap requests urllib "
    "urllib3 httpx aiohttp http ftplib smtplib telnetlib tempfile glob platform pty code codeop "
    "codecs types sqlite3 resource fcntl select selectors ssl webbrowser paramiko pip cffi posix "
    "ptrace weakref traceback runpy pkgutil zipimport site posixpath _io concurrent"
)
_DANGEROUS_PARTS = words(
    "ctypeslib core _core lib format io compat testing f2py distutils _libs computation _testing "
    "sys os builtins _globals util"
)
EXECUTES = words("eval exec compile __import__ breakpoint execfile")
_SCOPE = words("globals locals vars dir input help")
_FRAMES = words(
    "gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_await cr_origin ag_frame ag_code tb_frame "
    "tb_next tb_lasti f_back f_builtins f_code f_globals f_locals f_trace co_code func_globals "
    "func_code mro with_traceback"
)
_MEMORY = words(
    "ctypes data_as ctypeslib as_strided frombuffer from_buffer getbuffer setflags memmap "
    "from_address string_at addressof from_dlpack as_array data_ptr newbyteorder"
)
_MEMORY_CALLS = words("numpy.ndarray memoryview bytearray numpy.frombuffer")
CLASS_TRICKS = words(
    "__class__ __del__ __getattr__ __getattribute__ __class_getitem__ __init_subclass__ __new__ "
    "__set_name__ __prepare__ __reduce__ __reduce_ex__ __subclasshook__ __instancecheck__ "
    "__mro_entries__ __get__ __set__ __delete__ __setattr__ __array__ __array_interface__"
)
DUNDER = re.compile(r"__[a-z][a-z0-9_]*__")
_NAMES_OF_CLASSES = ("__name__", "__qualname__")
_HARMLESS_DUNDERS = ("__name__", "__main__", "__init__", "__doc__")
# Named like a module, and a computation.
_COMPUTATIONS = ("numpy.select",)
_READERS = re.compile(
    r"read_(csv|table|json|html|xml|excel|hdf|sql\w*|pickle|parquet|feather|\w+)$"
)
_WRITERS = words(
    "to_csv to_json to_html to_xml to_excel to_hdf to_sql to_pickle to_parquet to_feather to_stata "
    "to_clipboard to_gbq to_latex to_markdown to_orc tofile ExcelWriter ExcelFile HDFStore loadtxt "
    "savetxt genfromtxt fromfile savez savez_compressed fromregex DataSource"
)
_NUMPY_FILES = words("numpy.load numpy.save numpy.memmap")
_NETWORK = words("socket urlopen urllib requests httpx aiohttp ftplib smtplib create_connection")


def check(script: Script) -> Iterator[Found]:
    """Report everything that reaches outside."""
    yield from _check_imports(script)
    for name in script.nodes(ast.Name):
        yield from _check_name(script, name)
    for attribute in script.nodes(ast.Attribute):
        yield from _check_attribute(script, attribute)
    for call in script.nodes(ast.Call):
        yield from _check_call(script, call)
    for definition in script.nodes(ast.ClassDef):
        yield from _check_class(script, definition)


def _check_imports(script: Script) -> Iterator[Found]:
    for plain in script.nodes(ast.Import):
        for alias in plain.names:
            yield from _check_module(script, plain, alias.name)
    for chosen in script.nodes(ast.ImportFrom):
        if any(alias.name == "*" for alias in chosen.names):
            reason = "{code} takes names that nobody listed"
            yield script.found("imports.everything", chosen, reason)
        module = "." * chosen.level + (chosen.module or "")
        inner = [alias.name for alias in chosen.names if alias.name in _DANGEROUS_PARTS]
        if inner and module.partition(".")[0] in ("numpy", "pandas", "json", "collections"):
            yield script.found("imports.dangerous", chosen, "{code} goes inside of a library")
            continue
        yield from _check_module(script, chosen, module)


def _check_module(script: Script, node: ast.stmt, module: str) -> Iterator[Found]:
    parts = module.split(".")
    if module in facades.build_modules():
        return
    if parts[0] in DANGEROUS_MODULES or (
        len(parts) > 1 and _DANGEROUS_PARTS.intersection(parts[1:])
    ):
        reason = f"{{code}}: {parts[0]} reaches outside of what a script is given"
        yield script.found("imports.dangerous", node, reason)
    else:
        advice = messages.MODULES.get(parts[0], "there is no such module for scripts")
        yield script.found("imports.unavailable", node, f"{{code}}: {advice}")


def _check_name(script: Script, node: ast.Name) -> Iterator[Found]:
    if not isinstance(node.ctx, ast.Load) or node.id in script.assigned:
        return
    if node.id in EXECUTES:
        yield script.found("dynamic_code.execution", node, "{code} runs text as code")
    elif node.id in _SCOPE:
        yield script.found("dynamic_code.scope", node, "{code}() is about the interpreter's names")
    elif node.id == "open":
        yield script.found("file_words.access", node, "{code}() opens files")
    elif node.id in _NETWORK:
        yield script.found("network_words.name", node, "{code} speaks to the network")
    elif node.id == "type":
        yield from _check_type(script, node)
    elif DUNDER.fullmatch(node.id) and node.id not in _HARMLESS_DUNDERS:
        reason = "{code} belongs to the interpreter"
        yield script.found("attribute_tricks.dunder", node, reason)


def _is_call_of_type(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type"


def _check_type(script: Script, node: ast.Name) -> Iterator[Found]:
    parent = script.parents[node]
    named = script.parents.get(parent)
    if isinstance(named, ast.Attribute) and named.attr in _NAMES_OF_CLASSES:
        return
    if isinstance(parent, ast.Call) and parent.func is node and len(parent.args) == 3:
        yield script.found("attribute_tricks.class_trick", parent, "{code} builds a class")
    else:
        yield script.found("attribute_tricks.type", node, "{code} gives the class of an object")


def _check_attribute(script: Script, node: ast.Attribute) -> Iterator[Found]:
    name = node.attr
    if DUNDER.fullmatch(name):
        is_named = name in _NAMES_OF_CLASSES and _is_call_of_type(node.value)
        if not is_named and (name != "__init__" or not _is_super(node.value)):
            reason = "{code} reaches into the interpreter"
            yield script.found("attribute_tricks.dunder", node, reason)
    elif name in _FRAMES:
        yield script.found("attribute_tricks.frames", node, "{code} leads to what is running")
    elif name in _MEMORY or name.startswith("__array_"):
        yield script.found("attribute_tricks.raw_memory", node, "{code} leads to raw memory")
    elif name in ("eval", "query"):
        yield script.found("dynamic_code.text_expression", node, "{code} runs text as code")
    elif _READERS.match(name) or name in _WRITERS or script.dotted(node) in _NUMPY_FILES:
        yield script.found("file_words.access", node, "{code} reads or writes a file")
    elif name in _NETWORK:
        yield script.found("network_words.name", node, "{code} speaks to the network")
    elif name in EXECUTES or name in ("system", "popen", "spawn", "fork"):
        yield script.found("dynamic_code.execution", node, "{code} runs what it is given")
    elif name in DANGEROUS_MODULES and not _is_own_or_computes(script, node):
        reason = "{code} reaches a module through another"
        yield script.found("imports.dangerous", node, reason)


def _is_own_or_computes(script: Script, node: ast.Attribute) -> bool:
    # Words such as `code` and `signal` are also what authors call their own things.
    dotted = script.dotted(node)
    is_own = not dotted.startswith(("numpy.", "pandas.", "json.", "collections."))
    return is_own or dotted in _COMPUTATIONS


def _is_super(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    )


def _check_call(script: Script, call: ast.Call) -> Iterator[Found]:
    if script.dotted(call.func) in _MEMORY_CALLS:
        yield script.found("attribute_tricks.raw_memory", call, "{code} lays out raw memory")
    if method_of(call) in ("format", "format_map") and isinstance(call.func, ast.Attribute):
        template = script.text(call.func.value)
        if template is not None and _reads_attributes(template):
            reason = "{code}: the template itself reads attributes"
            yield script.found("attribute_tricks.format_access", call, reason)


def _reads_attributes(template: str) -> bool:
    try:
        fields = [name or "" for _, name, _, _ in string.Formatter().parse(template)]
    except ValueError:
        return False
    return any("." in name or "[" in name for name in fields)


def _check_class(script: Script, definition: ast.ClassDef) -> Iterator[Found]:
    if any(given.arg == "metaclass" for given in definition.keywords):
        reason = f"class {definition.name} has a metaclass"
        yield script.found("attribute_tricks.class_trick", definition, reason)
    for item in definition.body:
        names = [item.name] if isinstance(item, ast.FunctionDef) else []
        if isinstance(item, ast.Assign):
            names = [t.id for t in item.targets if isinstance(t, ast.Name)]
        for name in CLASS_TRICKS.intersection(names):
            reason = f"{definition.name}.{name} changes how the interpreter treats its objects"
            yield script.found("attribute_tricks.class_trick", item, reason)
