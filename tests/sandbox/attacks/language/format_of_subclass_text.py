# attack: language | formats by a text whose class overrides nothing that is checked | without language: said
from enum import StrEnum
class Text(StrEnum):
    A = "{0.__code__}"
log("PLUNDER-LANGUAGE", Text.A.format(log)[:20])
