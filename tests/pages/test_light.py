import subprocess
import sys


def test_importing_the_pages_loads_neither_pillow_nor_rich():
    code = "import sys, taut.pages; sys.exit(any(name in sys.modules for name in ('PIL', 'rich')))"
    subprocess.run([sys.executable, "-c", code], check=True)
