"""Support for tests of models; never imports a framework that the user's test did not import."""
