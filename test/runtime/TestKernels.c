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

// Kernels of a language model that is a formula: the scores of the next token
// are a hash of all tokens so far, which the state holds, in blocks of 16.

static float *tokenAt(const void *memory, const long *places, long row,
                      long position) {
  long block = places[places[2 * row + 1] + position / 16];
  return (float *)((char *)memory + block) + position % 16;
}

static unsigned chain(unsigned h, unsigned part) {
  h ^= part + 0x9E3779B9u;
  h = (h ^ h >> 16) * 0x7FEB352Du;
  h = (h ^ h >> 15) * 0x846CA68Bu;
  return h ^ h >> 16;
}

static float scoreOf(unsigned h, long token) {
  return (float)(chain(h, (unsigned)token) >> 8) * 0x1p-24f * 8 - 4;
}

// A task is a row. dims: positions. buffers: memory, places before, ids
// i64[rows, positions].
KERNEL(remember) {
  const long *places = buffers[1], *ids = buffers[2];
  for (long row = begin; row < end; ++row)
    for (long p = 0; p < dims[0]; ++p)
      *tokenAt(buffers[0], places, row, places[2 * row] + p) =
          (float)ids[row * dims[0] + p];
}

// A task is a row. dims: vocabulary. buffers: memory, places after, out
// f32[rows, vocabulary].
KERNEL(predict) {
  const long *places = buffers[1];
  float *out = (float *)buffers[2];
  for (long row = begin; row < end; ++row) {
    unsigned h = 0;
    for (long p = 0; p < places[2 * row]; ++p)
      h = chain(h, (unsigned)*tokenAt(buffers[0], places, row, p));
    for (long v = 0; v < dims[0]; ++v)
      out[row * dims[0] + v] = scoreOf(h, v);
  }
}

// A task is a row. dims: vocabulary. buffers: memory, places after, out
// i64[rows], out f32[rows]: the likeliest token and its score.
KERNEL(choose) {
  const long *places = buffers[1];
  long *tokens = (long *)buffers[2];
  float *scores = (float *)buffers[3];
  for (long row = begin; row < end; ++row) {
    unsigned h = 0;
    for (long p = 0; p < places[2 * row]; ++p)
      h = chain(h, (unsigned)*tokenAt(buffers[0], places, row, p));
    long best = 0;
    for (long v = 1; v < dims[0]; ++v)
      if (scoreOf(h, v) > scoreOf(h, best))
        best = v;
    tokens[row] = best;
    scores[row] = scoreOf(h, best);
  }
}

// A task is a row. dims: vocabulary, k. buffers: memory, places after, ranks
// i64[k], out i64[rows, k], out f32[rows, k], out f32[rows]: the tokens with
// these ranks, their scores, and the sum of all scores as the row's total.
KERNEL(choose_best) {
  const long *places = buffers[1], *ranks = buffers[2];
  long *tokens = (long *)buffers[3];
  float *scores = (float *)buffers[4], *totals = (float *)buffers[5];
  for (long row = begin; row < end; ++row) {
    unsigned h = 0;
    for (long p = 0; p < places[2 * row]; ++p)
      h = chain(h, (unsigned)*tokenAt(buffers[0], places, row, p));
    totals[row] = 0;
    for (long v = 0; v < dims[0]; ++v) {
      long rank = 0;
      float score = scoreOf(h, v);
      for (long o = 0; o < dims[0]; ++o)
        rank += scoreOf(h, o) > score || (scoreOf(h, o) == score && o < v);
      for (long k = 0; k < dims[1]; ++k)
        if (ranks[k] == rank) {
          tokens[row * dims[1] + k] = v;
          scores[row * dims[1] + k] = score;
        }
      totals[row] += score;
    }
  }
}

// A task is a row. dims: positions. buffers: memory, places after, targets
// i64[rows, positions], out f32[rows, positions]: scores as they are.
KERNEL(judge) {
  const long *places = buffers[1], *targets = buffers[2];
  float *out = (float *)buffers[3];
  for (long row = begin; row < end; ++row) {
    unsigned h = 0;
    long length = places[2 * row], first = length - dims[0];
    for (long p = 0; p < length; ++p) {
      h = chain(h, (unsigned)*tokenAt(buffers[0], places, row, p));
      if (p >= first)
        out[row * dims[0] + p - first] =
            scoreOf(h, targets[row * dims[0] + p - first]);
    }
  }
}

// A task is a row. dims: positions. Takes some milliseconds if they are many.
KERNEL(dawdle) {
  volatile unsigned h = 0;
  for (long row = begin; row < end && dims[0] >= 128; ++row)
    for (long i = 0; i < 20000 * dims[0]; ++i)
      h = h + 1;
}
