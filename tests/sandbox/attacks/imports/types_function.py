# attack: language | imports the types that make functions and code | without language: said
from types import CodeType, FunctionType
log("PLUNDER-LANGUAGE", FunctionType(compile("1", "", "eval"), {})())
