"""Who does what: recording where tests run, collecting where results meet, and xdist between."""
