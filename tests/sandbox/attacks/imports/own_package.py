# attack: language | imports the guest's own modules | without language: said
from execution.sandbox.guest import api
log("PLUNDER-LANGUAGE", api)
