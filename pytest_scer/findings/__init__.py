"""Findings: what a report says about its own figures, and what to do about them.

One module for each rule. :mod:`pytest_scer.findings.applying` lists the rules and applies them, and
:mod:`pytest_scer.findings.ranking` chooses the findings that matter most.
"""
