"""`python -m infra <verb>`; started by run.py, which has made the environment that the verb needs."""

import sys

from infra.cli import main

sys.exit(main(sys.argv[1:]))
