//===- ReferenceKernels.c - BERT, plainly ---------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Kernels of a BERT encoder as its formulas say, without libm, so that heads
// and sessions can be tested against goldens without the compiler.
//
//===----------------------------------------------------------------------===//

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define KERNEL(name)                                                           \
  __attribute__((visibility("default"))) void JOIN(name, VARIANT)(             \
      const void *const *buffers, const long *dims, void *scratch, long begin, \
      long end)

static double exponential(double x) {
  if (x < -700)
    return 0;
  if (x > 700)
    x = 700;
  long n = (long)(x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
  double r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  double sum = 1, term = 1;
  for (int i = 1; i < 16; ++i)
    sum += term *= r / i;
  union {
    long bits;
    double value;
  } power = {.bits = (n + 1023) << 52};
  return sum * power.value;
}

static double hyperbolicTangent(double x) {
  double e = exponential(-2 * (x < 0 ? -x : x)), t = (1 - e) / (1 + e);
  return x < 0 ? -t : t;
}

static double errorFunction(double x) {
  double a = x < 0 ? -x : x, result;
  if (a < 2.5) {
    double term = a, sum = a;
    for (int i = 1; i < 60; ++i) {
      term *= -a * a / i;
      sum += term / (2 * i + 1);
    }
    result = 1.1283791670955126 * sum;
  } else {
    double fraction = 0;
    for (int i = 60; i > 0; --i)
      fraction = i / 2.0 / (a + fraction);
    result = 1 - exponential(-a * a) / (a + fraction) * 0.5641895835477563;
  }
  return x < 0 ? -result : result;
}

static double activate(long kind, double x) {
  switch (kind) {
  case 1:
    return x * 0.5 * (1 + errorFunction(x * 0.7071067811865476));
  case 2:
    return x > 0 ? x : 0;
  case 3:
    return x / (1 + exponential(-x));
  case 4:
    return 0.5 * x *
           (1 +
            hyperbolicTangent(0.7978845608028654 * (x + 0.044715 * x * x * x)));
  case 5:
    return hyperbolicTangent(x);
  default:
    return x;
  }
}

static void normalizeRow(float *row, const float *gamma, const float *beta,
                         double eps, long width) {
  double mean = 0, variance = 0;
  for (long i = 0; i < width; ++i)
    mean += row[i];
  mean /= width;
  for (long i = 0; i < width; ++i)
    variance += (row[i] - mean) * (row[i] - mean);
  double scale = 1 / __builtin_sqrt(variance / width + eps);
  for (long i = 0; i < width; ++i)
    row[i] = (float)((row[i] - mean) * scale * gamma[i] + beta[i]);
}

// A task is a token. buffers: ids, types, words, kinds, positions, gamma, beta,
// eps f32[1], out. dims: tokens of a row, width, rows of words, of kinds.
KERNEL(embed) {
  const long *ids = buffers[0], *types = buffers[1];
  const float *words = buffers[2], *kinds = buffers[3], *positions = buffers[4];
  const float *eps = buffers[7];
  long tokens = dims[0], width = dims[1];
  for (long t = begin; t < end; ++t) {
    float *row = (float *)buffers[8] + t * width;
    long id = ids[t] < 0 || ids[t] >= dims[2] ? 0 : ids[t];
    long type = types[t] < 0 || types[t] >= dims[3] ? 0 : types[t];
    for (long i = 0; i < width; ++i)
      row[i] = words[id * width + i] + kinds[type * width + i] +
               positions[t % tokens * width + i];
    normalizeRow(row, buffers[5], buffers[6], *eps, width);
  }
}

// A task is a row. buffers: x, weight [n, k], bias [n], out. dims: n, k,
// activation, floats from one row of x to the next.
KERNEL(linear) {
  const float *x = buffers[0], *weight = buffers[1], *bias = buffers[2];
  float *out = (float *)buffers[3];
  long n = dims[0], k = dims[1];
  for (long r = begin; r < end; ++r)
    for (long j = 0; j < n; ++j) {
      double sum = bias[j];
      for (long i = 0; i < k; ++i)
        sum += (double)x[r * dims[3] + i] * weight[j * k + i];
      out[r * n + j] = (float)activate(dims[2], sum);
    }
}

// A task is a head of a text. buffers: q, k, v, mask i64, out. dims: tokens,
// width, heads. scratch: a float for each token.
KERNEL(attention) {
  const float *q = buffers[0], *k = buffers[1], *v = buffers[2];
  const long *mask = buffers[3];
  float *out = (float *)buffers[4], *scores = scratch;
  long tokens = dims[0], width = dims[1], size = width / dims[2];
  for (long task = begin; task < end; ++task) {
    long text = task / dims[2], first = task % dims[2] * size;
    for (long i = 0; i < tokens; ++i) {
      long at = (text * tokens + i) * width + first;
      float most = -3.4028234663852886e38f;
      for (long j = 0; j < tokens; ++j) {
        const float *key = k + (text * tokens + j) * width + first;
        double sum = 0;
        for (long d = 0; d < size; ++d)
          sum += (double)q[at + d] * key[d];
        scores[j] = (float)(sum / __builtin_sqrt((double)size)) +
                    (mask[text * tokens + j] ? 0 : -3.4028234663852886e38f);
        most = scores[j] > most ? scores[j] : most;
      }
      double total = 0;
      for (long j = 0; j < tokens; ++j)
        total += scores[j] = (float)exponential((double)scores[j] - most);
      for (long d = 0; d < size; ++d) {
        double sum = 0;
        for (long j = 0; j < tokens; ++j)
          sum += scores[j] * v[(text * tokens + j) * width + first + d];
        out[at + d] = (float)(sum / total);
      }
    }
  }
}

// A task is a row. buffers: x, residual, gamma, beta, eps, out. dims: width.
KERNEL(add_norm) {
  const float *x = buffers[0], *residual = buffers[1], *eps = buffers[4];
  long width = dims[0];
  for (long r = begin; r < end; ++r) {
    float *row = (float *)buffers[5] + r * width;
    for (long i = 0; i < width; ++i)
      row[i] = x[r * width + i] + residual[r * width + i];
    normalizeRow(row, buffers[2], buffers[3], *eps, width);
  }
}

// A task is a row. buffers: x, gamma, beta, eps, out. dims: width.
KERNEL(norm) {
  const float *x = buffers[0], *eps = buffers[3];
  long width = dims[0];
  for (long r = begin; r < end; ++r) {
    float *row = (float *)buffers[4] + r * width;
    for (long i = 0; i < width; ++i)
      row[i] = x[r * width + i];
    normalizeRow(row, buffers[1], buffers[2], *eps, width);
  }
}
