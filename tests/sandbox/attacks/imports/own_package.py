# attack: language | imports the guest's own modules
from execution.sandbox.guest import api
log("PLUNDER-LANGUAGE", api)
