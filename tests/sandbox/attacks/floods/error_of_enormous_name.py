# attack: raw | raises an error whose class has a name of ten million characters
raise type("E" * 10_000_000, (Exception,), {})("x" * 10_000_000)
