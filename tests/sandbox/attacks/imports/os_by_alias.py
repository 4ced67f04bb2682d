# attack: language | imports a forbidden module under another name | without language: said
import os as data
log("PLUNDER-LANGUAGE", data.getpid())
