"""Pages: one HTML file each, without network, in the look that all of them share.

:mod:`~pytest_scer.formats.page.shell` builds a page out of a template, charts and data;
:mod:`~pytest_scer.formats.page.report_page` is the page of a report. Needs the extra ``html``.
"""
