# attack: language | imports what an allowed package contains | without language: said
import pandas.io.common as common
log("PLUNDER-LANGUAGE", common.os.getpid())
