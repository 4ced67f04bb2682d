# attack: language | imports the C half of TA-Lib | without language: said
import talib._ta_lib as raw
log("PLUNDER-LANGUAGE", str(raw._ta_shutdown)[:20])
