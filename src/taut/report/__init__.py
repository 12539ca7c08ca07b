"""The frozen facts of one fit, and the one sentence that a person reads first."""

from taut.report._net_report import NetReport
from taut.report._report import Report
from taut.report._source import Source

__all__ = ["NetReport", "Report", "Source"]
