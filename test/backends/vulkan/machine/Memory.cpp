//===- Memory.cpp - what the threads of a workgroup read and write --------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Workgroup.h"

#include <spirv/unified1/spirv.hpp>

#include <algorithm>
#include <cstring>

namespace machine {

static bool isOfMatrix(const Instruction &by) {
  return by.opcode == matrix::Load || by.opcode == matrix::Store;
}

static std::string describe(Access::Kind kind) {
  return kind == Access::Read ? "reads" : "writes";
}

uint8_t *Workgroup::locateBound(const Thread &thread, const Instruction &by,
                                uint32_t binding, uint64_t offset,
                                uint64_t size, Access::Kind kind) {
  auto found = dispatch.bindings.find(binding);
  if (found == dispatch.bindings.end())
    stop(thread, by,
         "uses binding " + std::to_string(binding) +
             ", to which nothing is bound");
  const Bound &bound = found->second;
  if (offset > bound.size || size > bound.size - offset)
    stop(thread, by,
         describe(kind) + " beyond the " + std::to_string(bound.size) +
             " bytes of binding " + std::to_string(binding) + ": at " +
             std::to_string(int64_t(offset)));
  uint32_t all = module.threads;
  uint32_t who = number * all + thread.number;
  if (auto conflict = bound.shadow->note(
          bound.offset + offset, size,
          {kind, who, dispatch.time, dispatch.since, dispatch.sinceOfCopies}))
    stop(thread, by,
         describe(kind) + " byte " + std::to_string(conflict->byte) + ", at " +
             std::to_string(offset) + " of binding " + std::to_string(binding) +
             ", which " +
             (conflict->time == dispatch.time
                  ? "thread " + std::to_string(conflict->who % all) +
                        " of workgroup " + std::to_string(conflict->who / all)
                  : "an earlier command") +
             (conflict->isWrite ? " writes" : " reads") +
             ", with no barrier between them");
  return bound.bytes + offset;
}

uint8_t *Workgroup::locateShared(const Thread &thread, const Instruction &by,
                                 uint64_t offset, uint64_t size,
                                 Access::Kind kind) {
  // A subgroup's threads share what they do with a matrix; each could do all.
  uint32_t who =
      isOfMatrix(by) ? module.threads + thread.subgroup : thread.number;
  if (kind == Access::Read)
    for (uint64_t i = offset; i < offset + size; ++i)
      if (!shadow.isWritten(i, begun))
        stop(thread, by, "reads shared memory that nobody has written");
  if (auto conflict = shadow.note(offset, size, {kind, who, time, time, time}))
    stop(thread, by,
         describe(kind) + " byte " + std::to_string(conflict->byte) +
             " of shared memory, which " +
             (conflict->who < module.threads
                  ? "thread " + std::to_string(conflict->who)
                  : std::string("another")) +
             (conflict->isWrite ? " writes" : " reads") +
             ", with no barrier between them");
  return shared.data() + offset;
}

uint8_t *Workgroup::builtIn(Thread &thread, const Variable &variable) {
  auto &value = thread.builtIn;
  value = {};
  switch (variable.builtIn) {
  case spv::BuiltInLocalInvocationId:
    value[0] = thread.number;
    break;
  case spv::BuiltInWorkgroupId:
    value = place;
    break;
  case spv::BuiltInNumWorkgroups:
    value = dispatch.groups;
    break;
  case spv::BuiltInSubgroupId:
    value[0] = thread.subgroup;
    break;
  case spv::BuiltInSubgroupLocalInvocationId:
    value[0] = thread.lane;
    break;
  case spv::BuiltInSubgroupSize:
    value[0] = module.subgroup;
    break;
  case spv::BuiltInNumSubgroups:
    value[0] = subgroupCount();
    break;
  default:
    fail(module.name + ": the built-in variable " +
         std::to_string(variable.builtIn) + " isn't known here");
  }
  return reinterpret_cast<uint8_t *>(value.data());
}

uint8_t *Workgroup::locate(Thread &thread, const Instruction &by,
                           const uint64_t *pointer, uint64_t size,
                           Access::Kind kind) {
  const Variable &variable = module.variables.at(pointer[0]);
  uint64_t offset = pointer[1];
  switch (variable.storage) {
  case spv::StorageClassStorageBuffer:
    return locateBound(thread, by, uint32_t(variable.binding), offset, size,
                       kind);
  case spv::StorageClassInput:
    return builtIn(thread, variable) + offset;
  case spv::StorageClassPushConstant:
    if (offset + size > dispatch.push.size())
      stop(thread, by, "reads push constants that nobody has set");
    return const_cast<uint8_t *>(dispatch.push.data()) + offset;
  case spv::StorageClassWorkgroup:
  case spv::StorageClassFunction:
    if (offset > variable.type->bytes() ||
        size > variable.type->bytes() - offset)
      stop(thread, by,
           describe(kind) + " beyond a variable's end: at " +
               std::to_string(int64_t(offset)));
    if (variable.storage == spv::StorageClassFunction)
      return thread.privates + variable.offset + offset;
    return locateShared(thread, by, variable.offset + offset, size, kind);
  default:
    stop(thread, by, "uses memory of a class that isn't known here");
  }
}

void Workgroup::chain(const Thread &thread, const Instruction &now) {
  const uint64_t *base = operand(thread, now, 0);
  int64_t offset = int64_t(base[1]) + now.literals[0];
  for (const Step &step : now.steps) {
    int64_t index = signExtend(*at(thread, step.operand), step.width);
    if (index < 0 || (step.limit && index >= step.limit))
      stop(thread, now, "has an index out of bounds: " + std::to_string(index));
    offset += index * step.stride;
  }
  uint64_t *to = result(thread, now);
  to[0] = base[0];
  to[1] = uint64_t(offset);
}

void Workgroup::fetch(const Thread &thread, const Instruction &now) {
  constexpr uint32_t texel = 4 * sizeof(float);
  const Variable &variable = module.variables.at(*operand(thread, now, 0));
  int64_t index = signExtend(*operand(thread, now, 1), now.types[1]->width);
  const uint8_t *from =
      locateBound(thread, now, uint32_t(variable.binding),
                  uint64_t(index * texel), texel, Access::Read);
  uint64_t *to = result(thread, now);
  for (uint32_t i = 0; i < now.type->count; ++i) {
    to[i] = 0;
    std::memcpy(to + i, from + i * sizeof(float), sizeof(float));
  }
}

void Workgroup::moveMatrix(Thread &thread, const Instruction &now,
                           bool isLoad) {
  const Type &type = isLoad ? *now.type : *now.types[1];
  const uint64_t *pointer = operand(thread, now, 0);
  bool isRowMajor = now.literals[0] == matrix::RowMajor;
  uint64_t pitch =
      operand(thread, now, isLoad ? 1 : 2)[0] * now.from->element->bytes();
  uint64_t size = type.element->bytes();
  uint64_t line = size * (isRowMajor ? type.columns : type.rows);
  uint64_t alignment = std::min<uint64_t>(16, line);
  if (pointer[1] % alignment || pitch % alignment)
    stop(thread, now, "has a matrix at a place that isn't aligned");
  if (threads.size() % module.subgroup)
    stop(thread, now, "has matrices in a part of a subgroup");
  for (uint32_t slot = 0; slot < type.count; ++slot) {
    uint32_t i = slot * module.subgroup + thread.lane;
    if (i >= type.rows * type.columns)
      break;
    uint64_t row = i / type.columns, column = i % type.columns;
    uint64_t place[2] = {pointer[0], pointer[1] +
                                         (isRowMajor ? row : column) * pitch +
                                         (isRowMajor ? column : row) * size};
    uint8_t *memory =
        locate(thread, now, place, size, isLoad ? Access::Read : Access::Write);
    if (isLoad) {
      result(thread, now)[slot] = 0;
      std::memcpy(result(thread, now) + slot, memory, size);
    } else {
      std::memcpy(memory, operand(thread, now, 1) + slot, size);
    }
  }
}

} // namespace machine
