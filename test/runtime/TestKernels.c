//===- TestKernels.c - kernels as the compiler emits them -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Linked into the artifacts of unit tests, once for each variant: VARIANT is
// the end of the names, FACTOR makes results differ between variants.
//
//===----------------------------------------------------------------------===//

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define KERNEL(name)                                                           \
  __attribute__((visibility("default"))) void JOIN(name, VARIANT)(             \
      const void *const *buffers, const long *dims, void *scratch, long begin, \
      long end)

// A task is an element. dims: width. buffers: ids i64[n], table f32[10, width],
// out f32[n, width].
KERNEL(gather) {
  const long *ids = buffers[0];
  const float *table = buffers[1];
  float *out = (float *)buffers[2];
  long width = dims[0];
  for (long i = begin; i < end; ++i) {
    long id = ids[i] < 0 ? 0 : ids[i] > 9 ? 9 : ids[i];
    for (long k = 0; k < width; ++k)
      out[i * width + k] = table[id * width + k];
  }
}

// A task is a row. dims: width, rows, shift. out[i] = x[(i + shift) % rows]:
// reads what other threads wrote.
KERNEL(rotate) {
  const float *x = buffers[0];
  float *out = (float *)buffers[1];
  long width = dims[0], rows = dims[1], shift = dims[2];
  for (long i = begin; i < end; ++i)
    for (long k = 0; k < width; ++k)
      out[i * width + k] = x[(i + shift) % rows * width + k];
}

// A task is a row. dims: width. out = (a + b) * FACTOR, by way of scratch
// memory.
KERNEL(add) {
  const float *a = buffers[0], *b = buffers[1];
  float *out = (float *)buffers[2], *row = scratch;
  long width = dims[0];
  for (long i = begin; i < end; ++i) {
    for (long k = 0; k < width; ++k)
      row[k] = a[i * width + k] + b[i * width + k];
    for (long k = 0; k < width; ++k)
      out[i * width + k] = row[k] * FACTOR;
  }
}

// A task is a row. dims: width. out[i] = keep[i] ? sum of x[i] : 0.
KERNEL(sum) {
  const float *x = buffers[0];
  const long *keep = buffers[1];
  float *out = (float *)buffers[2];
  long width = dims[0];
  for (long i = begin; i < end; ++i) {
    float total = 0;
    for (long k = 0; k < width; ++k)
      total += x[i * width + k];
    out[i] = keep[i] ? total : 0;
  }
}

// Kernels of a state of pairs, in blocks of 4 positions.

static float *pairAt(const void *memory, const long *places, long row,
                     long position) {
  long block = places[places[2 * row + 1] + position / 4];
  return (float *)((char *)memory + block) + position % 4 * 2;
}

// A task is a row. dims: positions. buffers: memory, places, x f32[rows,
// positions, 2].
KERNEL(append) {
  const long *places = buffers[1];
  const float *x = buffers[2];
  for (long row = begin; row < end; ++row)
    for (long p = 0; p < dims[0]; ++p) {
      float *to = pairAt(buffers[0], places, row, places[2 * row] + p);
      to[0] = x[(row * dims[0] + p) * 2];
      to[1] = x[(row * dims[0] + p) * 2 + 1];
    }
}

// The same, but from position 0.
KERNEL(replace) {
  const float *x = buffers[2];
  for (long row = begin; row < end; ++row)
    for (long p = 0; p < dims[0]; ++p) {
      float *to = pairAt(buffers[0], buffers[1], row, p);
      to[0] = x[(row * dims[0] + p) * 2];
      to[1] = x[(row * dims[0] + p) * 2 + 1];
    }
}

// A task is a row. out[row] = sum over its positions of (p + 1) (a + 10 b).
KERNEL(weigh) {
  const long *places = buffers[1];
  float *out = (float *)buffers[2];
  for (long row = begin; row < end; ++row) {
    float total = 0;
    for (long p = 0; p < places[2 * row]; ++p) {
      const float *pair = pairAt(buffers[0], places, row, p);
      total += (float)(p + 1) * (pair[0] + 10 * pair[1]);
    }
    out[row] = total;
  }
}
