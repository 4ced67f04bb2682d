# attack: language | makes a data class out of a library's class
from dataclasses import dataclass
changed = dataclass(pd.DataFrame)
log("PLUNDER-LANGUAGE", str(changed)[:20])
