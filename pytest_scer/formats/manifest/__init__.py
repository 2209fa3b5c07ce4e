"""The disclosure of a score: a manifest that another person can check.

:mod:`~pytest_scer.formats.manifest.facts` holds what was measured. What a person knows is in
:mod:`~pytest_scer.formats.manifest.answers`. Everything else in a manifest is calculated from these
two by :mod:`~pytest_scer.formats.manifest.document`, when a manifest is written and again when it
is checked.
"""
