# attack: language | imports the reader of time zone files | without language: said
from zoneinfo import ZoneInfo
log("PLUNDER-LANGUAGE", str(ZoneInfo.from_file))
