"""CodeCarbon's view of this machine and of the world's grids: the one room that imports it.

CodeCarbon finds the power counters, knows the chips, the memory and the carbon intensities, and
reads its own configuration. Its sampled CPU figures and its task API are not used, because they
measure wrongly or slowly (``docs/explanation/what-is-measured.md`` gives the figures).

Its inner objects are used where the public interface cannot serve; a contract test lists them and
fails when a release changes one.
"""
