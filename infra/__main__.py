"""`python -m infra <verb>`; started by run.py, which has made the environment that the verb needs."""

import sys

try:
    from infra.cli.main import main
except SyntaxError as broken:
    sys.exit(f"error: {broken.filename}:{broken.lineno}: not Python: {broken.msg}\n  fix: mend that line")

sys.exit(main(sys.argv[1:]))
