"""`python -m mushin` is the `mushin` command."""

import sys

from mushin.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
