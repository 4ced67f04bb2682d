"""Files that an attack would like to read, change or create, and a look at what became of them."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Where anybody may create files.
COMMON_FOLDERS = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path(tempfile.gettempdir()))


class Loot:
    """A folder of marked files that everybody could read if it were not for the walls."""

    def __init__(self, folder: Path, *, word: str) -> None:
        self.folder = folder
        self.word = word
        self.secret = folder / "secret.txt"
        self.private = folder / "private.txt"
        self.written = folder / "written"
        # The name an attack gives to what it creates, wherever that is.
        self.mark = f"{word.lower()}-{os.getpid()}-{id(self)}"
        self.plant()

    def plant(self) -> None:
        """Put every file where it belongs, as it was at first."""
        # Everybody may enter and create, as in a shared folder.
        self.folder.chmod(0o777)
        _write(self.secret, f"{self.word}-FILE\n", mode=0o666)
        _write(self.private, f"{self.word}-PRIVATE\n", mode=0o600)
        module = f"TOKEN = '{self.word}-IMPORT'\nopen({str(self.written)!r}, 'w').write('x')\n"
        _write(self.folder / "planted_module.py", module, mode=0o644)
        pickled = f'cos\nsystem\n(S"touch {self.written}"\ntR.'
        _write(self.folder / "planted.pkl", pickled, mode=0o644)
        _write(self.folder / "planted.npy", pickled, mode=0o644)
        with sqlite3.connect(self.folder / "planted.sqlite") as database:
            database.execute("create table if not exists loot (word)")
            database.execute("delete from loot")
            database.execute("insert into loot values (?)", (f"{self.word}-SQL",))
        database.close()
        self._looks = self._look()

    def _look(self) -> tuple[object, ...]:
        looks = []
        for path in (self.secret, self.private):
            state = path.lstat()
            owner = (state.st_mode, state.st_uid, state.st_nlink, state.st_mtime_ns)
            looks.append((owner, path.read_bytes(), os.listxattr(path)))
        return tuple(looks)

    def find_changes(self) -> Iterator[str]:
        """Say what is not as it was, and put it right."""
        try:
            looks = self._look()
        except FileNotFoundError:
            yield "the secret is gone"
        else:
            if looks == self._looks:
                return
            yield "the secret is not as it was"
        self.secret.unlink(missing_ok=True)
        self.private.unlink(missing_ok=True)
        self.plant()

    def find_creations(self) -> Iterator[str]:
        """Name what was created, and remove it."""
        for path in (self.written, *(folder / self.mark for folder in self._folders())):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif os.path.lexists(path):
                path.unlink()
            else:
                continue
            yield str(path)

    def _folders(self) -> set[Path]:
        return {self.folder, *COMMON_FOLDERS, Path.cwd(), Path("/"), Path.home()}


def _write(path: Path, text: str, *, mode: int) -> None:
    path.write_text(text)
    path.chmod(mode)
