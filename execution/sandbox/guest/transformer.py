"""The rewriting of a script's syntax tree: every risky step becomes the call of a guard.

What the rewriting relies on: no name of a script ends like a guard's (``_getattr_``) or begins with
two underscores, so a script can neither call nor replace a guard.
"""

import ast
from typing import Any

from RestrictedPython.transformer import (
    INSPECT_ATTRIBUTES,
    IOPERATOR_TO_STR,
    RestrictingNodeTransformer,
    copy_locations,
)

from execution.sandbox.policy import language, messages

MAIN = "__main__"


def call_guard(name: str, *arguments: Any) -> ast.Call:
    """Return the call of a guard."""
    return ast.Call(func=ast.Name(name, ast.Load()), args=list(arguments), keywords=[])


def located(new: Any, old: Any) -> Any:
    """Return a new node with the place of the one it replaces."""
    copy_locations(new, old)
    return ast.fix_missing_locations(new)


def quote(name: str) -> str:
    """Return a name of a script as an error may repeat it."""
    most = language.QUOTED_CHARACTERS_MAXIMUM
    return name if len(name) <= most else f"{name[:most]}…"


def is_magic(name: str) -> bool:
    """Return whether a name has the form that Python keeps for itself."""
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


def is_guard_like(name: str) -> bool:
    """Return whether a name begins and ends with an underscore, as those of the guards do."""
    return name.startswith("_") and name.endswith("_") and bool(name.strip("_"))


class ScriptTransformer(RestrictingNodeTransformer):
    """Rewrites a syntax tree so that everything risky goes through a guard."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[tuple[int | None, str]] = []
        # The names of the classes around the current node, and whether their body is next to it.
        self._classes: list[str] = []
        self._in_class_body = False
        self._pattern_classes: list[ast.stmt] = []

    def error(self, node: ast.AST, info: str) -> None:
        self.faults.append((getattr(node, "lineno", None), info))

    def not_allowed(self, node: ast.AST) -> None:
        kind = type(node).__name__
        self.error(node, messages.SYNTAX.get(kind, f"{kind} is not available"))

    # --- names ----------------------------------------------------------------------------------

    def check_name(self, node: Any, name: str | None, allow_magic_methods: bool = False) -> None:
        if name is None or not name.startswith("_") or name in ("_", "__"):
            return
        if allow_magic_methods and self._in_class_body and name in language.MAGIC_METHODS:
            return
        if is_magic(name):
            text = messages.SPECIAL_METHOD if allow_magic_methods else None
            self.error(node, (text or messages.DOUBLE_UNDERSCORE_NAME).format(name=quote(name)))
        elif name.endswith("_") or name in language.RESERVED_NAMES:
            self.error(node, messages.RESERVED_NAME.format(name=quote(name)))

    def _private(self, name: str) -> str:
        # Inside of a class `__x` means a name of the class's own; guards get names as text, which
        # Python does not change by itself.
        if not self._classes or not name.startswith("__") or name.endswith("__"):
            return name
        owner = self._classes[-1].lstrip("_")
        return f"_{owner}{name}" if owner else name

    def gen_tmp_name(self) -> str:
        # Ends as no name of a script may.
        return f"{super().gen_tmp_name()}_"

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id == "__name__":
            return located(ast.Constant(MAIN), node)  # type: ignore[no-any-return]
        # `__radd__ = __add__` is written in class bodies.
        listed = node.id in language.MAGIC_CLASS_NAMES or node.id in language.MAGIC_METHODS
        if not (listed and self._in_class_body):
            self.check_name(node, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        for name in node.names:
            self.check_name(node, name)
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        for name in node.names:
            self.check_name(node, name)
        return node

    # --- imports --------------------------------------------------------------------------------

    def visit_Import(self, node: ast.Import) -> Any:
        self.check_import_names(node)
        plain = [name for name in node.names if not (name.asname and "." in name.name)]
        made: list[ast.stmt] = [ast.Import(plain)] if plain else []
        for name in node.names:
            if name not in plain:
                # `import a.b as c` would look b up on a module, of which there is none.
                package, _, last = name.name.rpartition(".")
                made.append(ast.ImportFrom(package, [ast.alias(last, name.asname)], 0))
        return [located(statement, node) for statement in made]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        self.check_import_names(node)
        return node

    def check_import_names(self, node: ast.ImportFrom | ast.Import) -> ast.AST:
        for name in node.names:
            if name.name == "*":
                self.error(node, messages.STAR_IMPORT)
            self.check_name(node, name.asname or name.name.partition(".")[0])
        return node

    # --- attributes and assignments -------------------------------------------------------------

    def _check_attribute(self, node: ast.AST, name: str, *, read: bool) -> None:
        if read and (name in language.READABLE_MAGIC or name in language.MAGIC_METHODS):
            return
        if is_magic(name):
            text = messages.DOUBLE_UNDERSCORE_ATTRIBUTE
            self.error(node, text.format(name=quote(name)))
        elif is_guard_like(name) or name in language.RESERVED_NAMES:
            self.error(node, messages.RESERVED_NAME.format(name=quote(name)))
        elif name in INSPECT_ATTRIBUTES:
            self.error(node, messages.INSPECTED_ATTRIBUTE.format(name=name))

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        read = isinstance(node.ctx, ast.Load)
        name = self._private(node.attr)
        self._check_attribute(node, name, read=read)
        owner = self.visit(node.value)
        if read:
            return located(call_guard("_getattr_", owner, ast.Constant(name)), node)
        node.attr = name
        node.value = located(call_guard("_write_", owner), node)
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        unpacks = any(isinstance(target, ast.Tuple | ast.List) for target in node.targets)
        node = self.node_contents_visit(node)
        if unpacks:
            node.value = located(call_guard("_getiter_", node.value), node.value)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if self._in_class_body and isinstance(node.target, ast.Name):
            # Kept as text: a data class needs to know that there is one, nobody evaluates it.
            text = ast.Constant(ast.unparse(node.annotation))
            value = self.visit(node.value) if node.value else None
            kept = ast.AnnAssign(self.visit(node.target), text, value, node.simple)
            return located(kept, node)
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        assignment = ast.Assign(targets=[node.target], value=node.value)
        return self.visit_Assign(ast.copy_location(assignment, node))

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        target = node.target
        if isinstance(target, ast.Name):
            return self.node_contents_visit(node)
        operator = ast.Constant(IOPERATOR_TO_STR[type(node.op)])
        # The old value is read before the new operand is computed, as Python does it.
        if isinstance(target, ast.Subscript):
            loaded = call_guard("_load_item_", self.visit(target.value), self.visit(target.slice))
        else:
            name = self._private(target.attr)
            self._check_attribute(target, name, read=False)
            loaded = call_guard("_load_attribute_", self.visit(target.value), ast.Constant(name))
        stored = call_guard("_store_inplace_", loaded, operator, self.visit(node.value))
        return located(ast.Expr(stored), node)

    def guard_iter(self, node: Any) -> Any:
        if isinstance(node, ast.comprehension) and node.is_async:
            self.error(node.target, messages.SYNTAX["AsyncComprehension"])
        node = self.node_contents_visit(node)
        node.iter = located(call_guard("_getiter_", node.iter), node.iter)
        return node

    def visit_With(self, node: ast.With) -> ast.AST:
        return self.node_contents_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        # Arguments that are unpacked go through the guard of iteration, as everywhere else.
        node = self.node_contents_visit(node)
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                argument.value = located(call_guard("_getiter_", argument.value), argument.value)
        return node

    # --- functions and classes ------------------------------------------------------------------

    def _visit_function(self, node: Any) -> Any:
        self.check_function_argument_names(node)
        inside, self._in_class_body = self._in_class_body, False
        try:
            return self.node_contents_visit(node)
        finally:
            self._in_class_body = inside

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.check_name(node, node.name, allow_magic_methods=True)
        node.returns = None
        return self._visit_function(node)  # type: ignore[no-any-return]

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return self._visit_function(node)  # type: ignore[no-any-return]

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.check_name(node, node.name)
        if node.keywords:
            self.error(node, messages.METACLASS)
        node.bases = [self.visit(base) for base in node.bases]
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        inside, self._in_class_body = self._in_class_body, True
        self._classes.append(node.name)
        node.body = [made for statement in node.body for made in self._visit_all(statement)]
        self._classes.pop()
        self._in_class_body = inside
        metaclass = located(ast.Name("__metaclass__", ast.Load()), node)
        node.keywords = [ast.keyword("metaclass", metaclass)]
        return ast.fix_missing_locations(node)

    def _visit_all(self, statement: ast.stmt) -> list[ast.stmt]:
        made = self.visit(statement)
        return made if isinstance(made, list) else [made]

    def visit_Module(self, node: ast.Module) -> ast.AST:
        return self.node_contents_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.check_name(node, node.name)
        return self.node_contents_visit(node)

    # --- match ----------------------------------------------------------------------------------

    def visit_Match(self, node: ast.Match) -> Any:
        # The class of a pattern can only be a name, so what stands in for it gets one beforehand.
        outer, self._pattern_classes = self._pattern_classes, []
        node.subject = self.visit(node.subject)
        for case in node.cases:
            case.pattern = self.visit(case.pattern)
        made, self._pattern_classes = self._pattern_classes, outer
        node.cases = [self._visit_case(case) for case in node.cases]
        return [*made, node]

    def _visit_case(self, case: ast.match_case) -> ast.match_case:
        case.guard = self.visit(case.guard) if case.guard else None
        case.body = [made for statement in case.body for made in self._visit_all(statement)]
        return case

    def visit_MatchSingleton(self, node: ast.MatchSingleton) -> ast.AST:
        return node

    def visit_MatchSequence(self, node: ast.MatchSequence) -> ast.AST:
        return self.node_contents_visit(node)

    def visit_MatchOr(self, node: ast.MatchOr) -> ast.AST:
        return self.node_contents_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> ast.AST:
        self.check_name(node, node.name)
        return node

    def visit_MatchAs(self, node: ast.MatchAs) -> ast.AST:
        self.check_name(node, node.name)
        return self.node_contents_visit(node)

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        node.value = self._guard_pattern_value(node.value)
        return node

    def visit_MatchMapping(self, node: ast.MatchMapping) -> ast.AST:
        self.check_name(node, node.rest)
        node.keys = [self._guard_pattern_value(key) for key in node.keys]
        node.patterns = [self.visit(pattern) for pattern in node.patterns]
        return node

    def _guard_pattern_value(self, value: ast.expr) -> Any:
        if not isinstance(value, ast.Attribute):
            return self.visit(value)
        # A pattern has to be an attribute, so the guarded value is put into one.
        held = located(call_guard("_pattern_value_", self.visit(value)), value)
        return located(ast.Attribute(held, "value", ast.Load()), value)

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:
        for name in node.kwd_attrs:
            self._check_attribute(node, name, read=False)
        names = ast.Tuple([ast.Constant(name) for name in node.kwd_attrs], ast.Load())
        count = ast.Constant(len(node.patterns))
        stand_in = call_guard("_match_class_", self.visit(node.cls), names, count)
        name = self.gen_tmp_name()
        made = ast.Assign([ast.Name(name, ast.Store())], stand_in)
        self._pattern_classes.append(located(made, node))
        node.cls = located(ast.Name(name, ast.Load()), node)
        node.patterns = [self.visit(pattern) for pattern in node.patterns]
        node.kwd_patterns = [self.visit(pattern) for pattern in node.kwd_patterns]
        return node
