# attack: language | has typing compile text | without language: said
import typing
hint = typing.List["__import__('sys')"]
log("PLUNDER-LANGUAGE", str(hint.__args__[0].__forward_code__)[:20])
