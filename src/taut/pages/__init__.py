"""Words and colours: terminal text and pictures, rendered from plain dicts."""

from taut.pages._card import card, check_card, choice_card, path_card, report_card
from taut.pages._descent import draw_descent
from taut.pages._explanation_page import explanation_page
from taut.pages._explanation_text import explanation_text
from taut.pages._feature_bars import draw_features
from taut.pages._html import preformatted
from taut.pages._l2_curve import draw_l2_curve
from taut.pages._label import plain
from taut.pages._loss_line import draw_loss_line
from taut.pages._progress import Progress
from taut.pages._report_page import report_page
from taut.pages._templates import draw_templates
from taut.pages._terminal import class_features_text, confusion_text, per_class_text, table_text

__all__ = [
    "Progress",
    "card",
    "check_card",
    "choice_card",
    "class_features_text",
    "confusion_text",
    "draw_descent",
    "draw_features",
    "draw_l2_curve",
    "draw_loss_line",
    "draw_templates",
    "explanation_page",
    "explanation_text",
    "path_card",
    "per_class_text",
    "plain",
    "preformatted",
    "report_card",
    "report_page",
    "table_text",
]
