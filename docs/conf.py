"""Sphinx configuration; scripts/docs builds with it."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import _made_pages  # noqa: E402

from taut import __version__  # noqa: E402

_made_pages.write(HERE)

project = "taut"
author = "The taut developers"
version = release = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "sphinx_copybutton",
    "_mathml",
    "_docstrings",
]
templates_path = ["_templates"]
exclude_patterns = ["_static", "_templates", "_made"]
default_role = "py:obj"
language = "en"
suppress_warnings = ["config.cache"]

myst_enable_extensions = ["dollarmath", "deflist", "colon_fence", "attrs_inline"]
myst_heading_anchors = 3
math_number_all = False
html_math_renderer = "mathml"

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings say types and shapes in words
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "show_memory": False,
    "download_all_examples": False,
    "abort_on_example_error": True,
    "remove_config_comments": True,
    "show_signature": False,
    "capture_repr": (),
    "min_reported_time": 0,
    "write_computation_times": False,
}

html_theme = "furo"
html_title = f"taut {__version__}"
html_static_path = ["_static"]
html_css_files = ["taut.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1d5fa8", "color-brand-content": "#1d5fa8"},
    "dark_css_variables": {"color-brand-primary": "#7db4ec", "color-brand-content": "#7db4ec"},
}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
