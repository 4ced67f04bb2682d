# attack: language | imports references that watch objects die | without language: said
import weakref
log("PLUNDER-LANGUAGE", weakref.ref(log)() is log)
