"""Access to CodeCarbon; no other package imports it.

CodeCarbon finds the power counters, provides data on chips, memory and carbon intensities, and
reads its own configuration. Its sampled CPU figures and its task API are not used, because they
are inaccurate or slow (``docs/explanation/what-is-measured.md`` gives the figures).

Private objects of CodeCarbon are used where its public interface is not sufficient. A contract test
lists them and fails if a release changes one.
"""
