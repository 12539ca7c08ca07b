"""`taut bench fit` as a script, with the same options: python benchmarks/fit.py --data digits --divide 16."""

import sys

from taut.cli import main

if __name__ == "__main__":
    sys.exit(main(["bench", "fit", *sys.argv[1:]]))
