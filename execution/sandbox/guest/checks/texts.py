"""What texts and spellings hide or name: encodings, look-alikes, addresses, paths."""

import ast
import io
import math
import re
import tokenize
import unicodedata
from collections import Counter
from collections.abc import Iterator

from execution.sandbox.guest.checks import reach
from execution.sandbox.guest.checks.script import Found, Script, words

_ENCODED = re.compile(r"[A-Za-z0-9+/=_-]{80,}")
_HEXADECIMAL = re.compile(r"(?:[0-9a-fA-F]{2}){40,}")
_ENTROPY_MINIMUM = 3.5
_ESCAPES = re.compile(r"\\x[2-7][0-9a-fA-F]|\\u00[2-7][0-9a-fA-F]|\\1[0-7]{2}|\\N\{LATIN")
_ESCAPES_MINIMUM = 3
_ADDRESS = re.compile(
    r"\b(?:https?|ftp|wss?|tcp|udp|smtp|file)://\S+"
    r"|(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?![\w.])"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|ru|cn|onion|dev|xyz|internal|local)\b",
    re.IGNORECASE,
)
_SYSTEM_PATH = re.compile(
    r"(?:^|[\s'\"=<>])(?:/(?:etc|proc|sys|dev|tmp|home|root|var|usr|bin|opt|run|mnt)(?:/|$)"
    r"|[A-Za-z]:\\|\\\\\w|~/|\.\.?/\w|\.\.\\)"
)
_FILE_NAME = re.compile(r"^[\w./-]+\.(?:csv|txt|json|pkl|pickle|npy|npz|sqlite|db|py|so|sh|xlsx)$")
_COMMAND = re.compile(
    r"\b(?:os\.system|subprocess|/bin/(?:ba)?sh|curl |wget |rm -rf|chmod |read_csv\(|to_csv\()"
)
_SUSPICIOUS = reach.EXECUTES | words(
    "os sys subprocess socket builtins importlib ctypes open globals getattr setattr read_csv "
    "to_csv to_pickle read_pickle system popen eval exec import"
)
# Cyrillic and Greek letters that are drawn like Latin ones, by their code points.
_LOOK_LIKE_LATIN = frozenset(
    chr(int(code, 16))
    for code in """
    0430 0435 043e 0440 0441 0443 0445 0456 0458 0455 0501 04bb 04cf 051b 051d 0410
    0412 0415 041a 041c 041d 041e 0420 0421 0422 0423 0425 0406 0408 0405 03bf 039f
    0391 0392 0395 0396 0397 0399 039a 039c 039d 03a1 03a4 03a5 03a7 03bd
""".split()
)
_ONE_LETTER_MINIMUM = 20
_LINE_CHARACTERS = 400
_LAMBDAS_MAXIMUM = 2


def check(script: Script) -> Iterator[Found]:
    """Report what texts hide or name, and how names are built."""
    for constant in script.nodes(ast.Constant):
        yield from _check_constant(script, constant)
    for kind in (ast.BinOp, ast.JoinedStr, ast.Subscript, ast.Call):
        for built in script.nodes(kind):
            yield from _check_built(script, built)
    for call in script.nodes(ast.Call):
        yield from _check_codes(script, call)
        yield from _check_computed(script, call)
    for function in script.nodes(ast.Lambda):
        depth = sum(isinstance(up, ast.Lambda) for up in script.above(function))
        if depth == _LAMBDAS_MAXIMUM:
            reason = "{code} lies inside of two other lambdas"
            yield script.found("obfuscation.nested_lambdas", function, reason)
    names = [name for name in script.assigned if name != "_"]
    short = sum(len(name) == 1 for name in names)
    if len(names) >= _ONE_LETTER_MINIMUM and short > 0.8 * len(names):
        reason = f"{short} of {len(names)} names have one letter"
        yield script.found("obfuscation.one_letter_names", script.tree, reason)


def check_spelling(source: str) -> Iterator[Found]:
    """Report what can be seen without understanding the script, which may not be Python."""
    for number, line in enumerate(source.split("\n"), start=1):
        yield from _check_line(number, line)
    yield from _check_tokens(source)


def _check_line(number: int, line: str) -> Iterator[Found]:
    for position, character in enumerate(line, start=1):
        if character > "~" and unicodedata.category(character) in ("Cf", "Cc", "Zl", "Zp"):
            name = unicodedata.name(character, "unnamed")
            reason = f"U+{ord(character):04X} {name} is not seen, and may change what is"
            rule = "obfuscation.hidden_character"
            yield Found(rule=rule, level="danger", message=reason, line=number, column=position)
            break
    if len(line) > _LINE_CHARACTERS:
        reason = f"the line has {len(line)} characters"
        yield Found(rule="obfuscation.long_line", level="info", message=reason, line=number)


def _check_tokens(source: str) -> Iterator[Found]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            yield from _check_token(token)
    except (tokenize.TokenError, SyntaxError):
        # The language says where it stops being Python.
        return


def _check_token(token: tokenize.TokenInfo) -> Iterator[Found]:
    line, column = token.start[0], token.start[1] + 1
    if token.type == tokenize.NAME and not token.string.isascii():
        if _is_lookalike(token.string):
            shown = token.string.encode("ascii", "backslashreplace").decode()[:60]
            reason = f"the name {shown} has letters that look like others"
            rule = "obfuscation.lookalike"
            yield Found(rule=rule, level="danger", message=reason, line=line, column=column)
    elif token.type == tokenize.STRING and token.string[:1] not in "rR":
        if len(_ESCAPES.findall(token.string)) >= _ESCAPES_MINIMUM:
            reason = f"{token.string[:60]} writes plain letters as codes"
            rule = "obfuscation.encoded_text"
            yield Found(rule=rule, level="danger", message=reason, line=line, column=column)
    elif token.type == tokenize.COMMENT and (match := _ADDRESS.search(token.string)):
        reason = f"a comment names {match.group()[:80]}"
        rule = "network_words.address"
        yield Found(rule=rule, level="info", message=reason, line=line, column=column)


def _is_lookalike(name: str) -> bool:
    if unicodedata.normalize("NFKC", name) != unicodedata.normalize("NFC", name):
        return True
    foreign = {character for character in name if not character.isascii()}
    mixed = any(character.isascii() and character.isalpha() for character in name)
    lookalikes = foreign & _LOOK_LIKE_LATIN
    return bool(lookalikes) and (mixed or (foreign == lookalikes and len(name) > 1))


def _check_constant(script: Script, node: ast.Constant) -> Iterator[Found]:
    text = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
    if not isinstance(text, str) or len(text) < 2:
        return
    described = isinstance(script.parents.get(node), ast.Expr)
    if _is_encoded(text):
        reason = f"{{code}}: {len(text)} characters that read like an encoding"
        yield script.found("obfuscation.encoded_text", node, reason)
        return
    if match := _ADDRESS.search(text):
        level = "info" if described else "caution"
        reason = f"{{code}} names {match.group()[:80]}"
        yield script.found("network_words.address", node, reason, level=level)
    if described:
        return
    if reach.DUNDER.search(text) and text not in ("__main__", "__name__"):
        reason = "{code} names what belongs to the interpreter"
        yield script.found("attribute_tricks.dunder_text", node, reason)
    if _COMMAND.search(text):
        yield script.found("file_words.command", node, "{code} reads like a command")
    elif _SYSTEM_PATH.search(text):
        yield script.found("file_words.path", node, "{code} is a path of a machine")
    elif _FILE_NAME.match(text):
        reason = "{code} reads like the name of a file"
        yield script.found("file_words.path", node, reason, level="caution")


def _is_encoded(text: str) -> bool:
    flat = text.strip()
    if _HEXADECIMAL.fullmatch(flat):
        return len(set(flat)) > 2
    if not _ENCODED.fullmatch(flat):
        return False
    shares = [count / len(flat) for count in Counter(flat).values()]
    mixed = any(c.isdigit() for c in flat) and flat.lower() != flat != flat.upper()
    return mixed and -sum(share * math.log2(share) for share in shares) > _ENTROPY_MINIMUM


def _check_built(script: Script, node: ast.AST) -> Iterator[Found]:
    parent = script.parents.get(node)
    if isinstance(parent, ast.BinOp) and isinstance(node, ast.BinOp):
        return
    text = script.text(node)
    if text is None or len(text) > 200:
        return
    if text in _SUSPICIOUS or reach.DUNDER.search(text):
        reason = f"{{code}} spells {text[:60]} in pieces"
        yield script.found("obfuscation.built_name", node, reason)


def _check_codes(script: Script, call: ast.Call) -> Iterator[Found]:
    name = script.dotted(call.func)
    in_loop = any(
        isinstance(up, ast.GeneratorExp | ast.ListComp | ast.BinOp) for up in script.above(call)
    )
    if name == "chr":
        level = "danger" if in_loop else "caution"
        yield script.found("obfuscation.character_codes", call, "{code} is a letter", level=level)
    elif name == "map" and call.args and script.dotted(call.args[0]) == "chr":
        reason = "{code} makes a text from numbers"
        yield script.found("obfuscation.character_codes", call, reason)
    elif name.endswith(("bytes.fromhex", "b64decode", "unhexlify", "zlib.decompress")):
        yield script.found("obfuscation.character_codes", call, "{code} decodes a text")
    elif name == "bytes" and call.args and isinstance(call.args[0], ast.List):
        yield script.found("obfuscation.character_codes", call, "{code} makes a text from numbers")


def _check_computed(script: Script, call: ast.Call) -> Iterator[Found]:
    name = script.dotted(call.func)
    if name in ("getattr", "setattr", "hasattr", "delattr") and len(call.args) > 1:
        named, owner = call.args[1], script.dotted(call.args[0])
    elif name in ("operator.attrgetter", "operator.methodcaller") and call.args:
        named, owner = call.args[0], ""
    else:
        return
    if isinstance(named, ast.Constant):
        return
    # Choosing an indicator by its name is what catalogues and loops over settings do.
    known = owner.startswith(("pandas_ta", "talib")) or owner.endswith(".ta")
    reason = "{code} computes which attribute it takes"
    level = "caution" if known else "danger"
    yield script.found("obfuscation.computed_attribute", call, reason, level=level)
