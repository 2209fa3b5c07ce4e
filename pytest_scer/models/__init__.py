"""Help for tests of models; imports a framework only where the user's test has done so."""
