"""`python -m infra <verb>`. run.py starts it, after it has installed the packages that the verb needs."""

import sys

try:
    from infra.cli.main import main
except SyntaxError as broken:
    sys.exit(f"error: {broken.filename}:{broken.lineno}: invalid Python: {broken.msg}\n  fix: correct that line")

sys.exit(main(sys.argv[1:]))
