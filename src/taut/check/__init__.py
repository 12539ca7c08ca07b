"""Gradients against the values of their function: proofs where there are proofs, never an accusation without one."""

from taut.check._blend import BlendCertificate, BlendVerdict
from taut.check._check import check_gradient
from taut.check._known import KnownProblem
from taut.check._report import Finding, GradientReport, Kink, Outside
from taut.check._verify import Certificate, verify

__all__ = [
    "BlendCertificate",
    "BlendVerdict",
    "Certificate",
    "Finding",
    "GradientReport",
    "Kink",
    "KnownProblem",
    "Outside",
    "check_gradient",
    "verify",
]
