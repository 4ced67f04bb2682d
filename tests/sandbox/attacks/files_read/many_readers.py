# attack: raw | reads a planted file in every way libraries offer
import io, os, mmap, linecache, shutil, pathlib
secret = params["secret"]
for attempt in (
    lambda: pathlib.Path(secret).read_text(),
    lambda: io.FileIO(secret).readall(),
    lambda: os.read(os.open(secret, os.O_RDONLY), 100),
    lambda: linecache.getline(secret, 1),
    lambda: np.fromfile(secret, dtype="S1"),
    lambda: pd.read_csv(secret),
    lambda: os.readlink("/proc/self/exe"),
    lambda: os.open("/proc/1/root" + secret, os.O_RDONLY),
):
    try:
        log(str(attempt())[:150])
    except (OSError, ValueError) as fault:
        log(type(fault).__name__)
