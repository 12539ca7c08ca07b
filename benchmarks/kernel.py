"""`taut bench kernel` as a script, with the same options: python benchmarks/kernel.py --shape cifar10 --memory."""

import sys

from taut.cli import main

if __name__ == "__main__":
    sys.exit(main(["bench", "kernel", *sys.argv[1:]]))
