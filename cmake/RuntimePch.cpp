// Only carries the precompiled header of what needs no MLIR.
