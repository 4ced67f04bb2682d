import random
import time
from datetime import datetime, timezone

import numpy as np

assert datetime.now(timezone.utc).isoformat() == get_timestamp()
assert time.time() == get_unix_timestamp()
assert pd.Timestamp.now("UTC") == pd.Timestamp(get_timestamp())
draws = [float(np.random.normal()), random.random(), float(np.random.default_rng().normal())]
result = {"value": draws[0], "draws": draws, "today": datetime.now().strftime("%Y-%m-%d")}
