# attack: language | imports what an allowed package contains
import pandas.io.common as common
log("PLUNDER-LANGUAGE", common.os.getpid())
