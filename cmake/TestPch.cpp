// Only carries the precompiled header of the unit tests.
