//===- States.cpp - states in C -------------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/capi/Objects.h"

#include "support/Text.h"

using namespace tenon;
using namespace tenon::capi;

/// More rows than any call could take.
static Status checkRows(size_t rows) {
  constexpr size_t most = 1 << 20;
  if (rows <= most)
    return Status::ok();
  return Status::usage("rows", concat("can be at most ", most));
}

tenon_status *tenon_state_create(tenon_session *session, size_t rows,
                                 tenon_state **state) {
  return guard([&]() -> Status {
    TENON_RETURN_IF_ERROR(checkRows(rows));
    *state = new tenon_state{session->shared->session->createState(rows)};
    return Status::ok();
  });
}

void tenon_state_free(tenon_state *state) { delete state; }

size_t tenon_state_rows(const tenon_state *state) {
  return state->state->rows();
}

int64_t tenon_state_length(const tenon_state *state, size_t row) {
  return row < state->state->rows() ? state->state->length(row) : 0;
}

tenon_status *tenon_state_reset(tenon_state *state, size_t rows) {
  return guard([&]() -> Status {
    TENON_RETURN_IF_ERROR(checkRows(rows));
    state->state->reset(rows);
    return Status::ok();
  });
}

tenon_status *tenon_state_reorder(tenon_state *state, const uint32_t *from,
                                  size_t count) {
  return guard([&]() -> Status {
    TENON_RETURN_IF_ERROR(checkRows(count));
    return state->state->reorder({from, count});
  });
}

tenon_status *tenon_state_truncate(tenon_state *state, size_t row,
                                   int64_t length) {
  return guard([&] { return state->state->truncate(row, length); });
}

tenon_status *tenon_state_fork(const tenon_state *state, tenon_state **copy) {
  return guard([&]() -> Status {
    *copy = new tenon_state{state->state->fork()};
    return Status::ok();
  });
}
