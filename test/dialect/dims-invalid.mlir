// Dims in types: what the parser and the verifier say.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{type has 2 axes but 1 dims}}
func.func private @rank(tensor<?x3xf32, #tenon.dims<[S]>>)

// -----

// expected-error @below {{axis 0 doesn't agree with its dim S}}
func.func private @static(tensor<3xf32, #tenon.dims<[S]>>)

// -----

// expected-error @below {{axis 0 doesn't agree with its dim 3}}
func.func private @dynamic(tensor<?xf32, #tenon.dims<[3]>>)

// -----

// expected-error @below {{divisor must be positive}}
func.func private @zero(tensor<?xf32, #tenon.dims<[S floordiv 0]>>)

// -----

// expected-error @below {{expected a dim: an integer, a name, min, max or a parenthesized sum}}
func.func private @atom(tensor<?xf32, #tenon.dims<[S + ]>>)

// -----

// expected-error @below {{integer value too large}}
func.func private @large(tensor<?xf32, #tenon.dims<[99999999999999999999]>>)
