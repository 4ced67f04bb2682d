# attack: language | redirects what the process prints into its own object
import contextlib
class Target:
    def write(self, text):
        log("PLUNDER-LANGUAGE", text)
with contextlib.redirect_stdout(Target()) as target:
    print.__self__
