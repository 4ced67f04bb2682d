# attack: language | substitutes its way with a template whose pattern reads attributes | without language: said
from string import Template, Formatter
log("PLUNDER-LANGUAGE", Formatter().format("{0.__code__}", log)[:30])
