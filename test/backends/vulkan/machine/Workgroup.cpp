//===- Workgroup.cpp - threads that execute a kernel ----------------------===//
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

void execute(const Dispatch &dispatch) {
  Workgroup group(dispatch);
  const auto &[x, y, z] = dispatch.groups;
  for (uint32_t k = 0; k < z; ++k)
    for (uint32_t j = 0; j < y; ++j)
      for (uint32_t i = 0; i < x; ++i)
        group.run({i, j, k});
}

uint32_t Dispatch::perSubgroup() const {
  return hasHoles && module->subgroup > 1 ? module->subgroup - 1
                                          : module->subgroup;
}

Workgroup::Workgroup(const Dispatch &dispatch)
    : dispatch(dispatch), module(*dispatch.module),
      constants(uint32_t(module.constants.size())),
      registers(uint64_t(module.threads) * module.slots),
      shared(module.sharedBytes),
      privates(module.threads * module.privateBytes) {
  uint32_t count = module.threads;
  // 5 has no divisor in common with the sizes that workgroups have.
  bool canScatter = dispatch.isScattered && count % 5 != 0;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t position = canScatter ? i * 5 % count : i;
    uint32_t per = dispatch.perSubgroup();
    threads.push_back({i, position / per,
                       position % per + module.subgroup - per,
                       registers.data() + uint64_t(i) * module.slots,
                       privates.data() + i * module.privateBytes});
  }
}

void Workgroup::stop(const Thread &thread, const Instruction &at,
                     const std::string &what) const {
  fail(module.name + ": thread " + std::to_string(thread.number) +
       " of workgroup " + std::to_string(number) + " " + what +
       " (instruction " + std::to_string(&at - module.code.data()) +
       (at.id ? ", %" + std::to_string(at.id) : "") + ")");
}

/// Memory and registers hold what is most likely seen in a result.
void Workgroup::reset() {
  std::ranges::fill(registers, 0x7ff7ff7f7ff7ff7f);
  std::ranges::fill(shared, 0xff);
  std::ranges::fill(privates, 0xff);
  begun = ++time;
  for (Thread &thread : threads) {
    thread.state = Thread::Running;
    thread.next = thread.block = 0;
  }
}

void Workgroup::run(const std::array<uint32_t, 3> &at) {
  place = at;
  number = (at[2] * dispatch.groups[1] + at[1]) * dispatch.groups[0] + at[0];
  reset();
  auto isDone = [](const Thread &thread) {
    return thread.state == Thread::Done;
  };
  for (;;) {
    for (Thread &thread : threads)
      if (thread.state == Thread::Running)
        resume(thread);
    if (std::ranges::all_of(threads, isDone))
      return;
    meet();
  }
}

//===----------------------------------------------------------------------===//
// A thread
//===----------------------------------------------------------------------===//

/// Goes to a block, whose first instructions say what its values are by where
/// the thread comes from; all at once, as one may be another's source.
void Workgroup::enter(Thread &thread, uint32_t block) {
  uint32_t from = thread.block;
  thread.block = thread.next = block;
  std::vector<uint64_t> values;
  uint32_t end = block;
  for (; module.code[end].opcode == spv::OpPhi; ++end) {
    const Instruction &phi = module.code[end];
    auto source = std::ranges::find(phi.literals, from);
    if (source == phi.literals.end())
      stop(thread, phi, "comes from a block that has no value for it");
    const uint64_t *value =
        operand(thread, phi, size_t(source - phi.literals.begin()));
    values.insert(values.end(), value, value + phi.type->slots());
  }
  const uint64_t *next = values.data();
  for (; thread.next < end; ++thread.next) {
    const Instruction &phi = module.code[thread.next];
    std::copy_n(next, phi.type->slots(), result(thread, phi));
    next += phi.type->slots();
  }
}

/// Runs until the thread ends or waits for others.
void Workgroup::resume(Thread &thread) {
  while (step(thread, module.code[thread.next]))
    ;
}

/// Goes through what a value consists of, in its slots and in memory:
/// `visit(type, slots, memory)`.
template <typename Slot, typename Byte, typename Visit>
static void walk(const Type &type, Slot *slots, Byte *memory,
                 const Visit &visit) {
  switch (type.kind) {
  case Type::Bool:
  case Type::Int:
  case Type::Float:
  case Type::Matrix:
    return visit(type, slots, memory);
  case Type::Vector:
  case Type::Array:
    for (uint32_t i = 0; i < type.count; ++i)
      walk(*type.element, slots + i * type.element->slots(),
           memory + i * type.stride, visit);
    return;
  default:
    fail("a load or store of a type that isn't known here");
  }
}

static void load(const Type &type, const uint8_t *from, uint64_t *to) {
  walk(type, to, from,
       [](const Type &part, uint64_t *slots, const uint8_t *memory) {
         *slots = 0;
         std::memcpy(slots, memory, part.bytes());
         if (part.kind == Type::Bool)
           *slots &= 1;
       });
}

static void store(const Type &type, const uint64_t *from, uint8_t *to) {
  walk(type, from, to,
       [](const Type &part, const uint64_t *slots, uint8_t *memory) {
         std::memcpy(memory, slots, part.bytes());
       });
}

/// Executes an instruction; false: the thread goes no further now.
bool Workgroup::step(Thread &thread, const Instruction &now) {
  switch (now.opcode) {
  case spv::OpBranch:
    enter(thread, now.literals[0]);
    return true;
  case spv::OpBranchConditional:
    enter(thread, now.literals[*operand(thread, now, 0) & 1 ? 0 : 1]);
    return true;
  case spv::OpReturn:
    thread.state = Thread::Done;
    return false;
  case spv::OpControlBarrier:
  case matrix::MulAdd:
    thread.state = Thread::Waiting;
    return false;
  case spv::OpLoad:
    if (now.type->kind == Type::Image)
      *result(thread, now) = *operand(thread, now, 0);
    else
      load(*now.type,
           locate(thread, now, operand(thread, now, 0), now.type->bytes(),
                  Access::Read),
           result(thread, now));
    break;
  case spv::OpStore:
    store(*now.types[1], operand(thread, now, 1),
          locate(thread, now, operand(thread, now, 0), now.types[1]->bytes(),
                 Access::Write));
    break;
  case spv::OpAtomicAnd:
  case spv::OpAtomicOr: {
    uint8_t *word = locate(thread, now, operand(thread, now, 0),
                           now.type->bytes(), Access::Atomic);
    uint64_t old;
    load(*now.type, word, &old);
    uint64_t after = now.compute({old, *operand(thread, now, 1), 0,
                                  now.type->width, now.type->width, false});
    store(*now.type, &after, word);
    *result(thread, now) = old;
    break;
  }
  case spv::OpAccessChain:
  case spv::OpInBoundsAccessChain:
    chain(thread, now);
    break;
  case spv::OpImageFetch:
    fetch(thread, now);
    break;
  case matrix::Load:
  case matrix::Store:
    moveMatrix(thread, now, now.opcode == matrix::Load);
    break;
  default:
    if (now.isOfSubgroup) {
      thread.state = Thread::Waiting;
      return false;
    }
    if (now.compute)
      computeComponents(thread, now);
    else
      computeWhole(thread, now);
  }
  ++thread.next;
  return true;
}

void Workgroup::computeComponents(const Thread &thread,
                                  const Instruction &now) {
  Operands operands = {
      0, 0, 0, now.from->width, now.type->width, dispatch.isLoose};
  const uint64_t *values[3] = {};
  for (size_t i = 0; i < now.operands.size() && i < 3; ++i)
    values[i] = operand(thread, now, i);
  uint64_t *to = result(thread, now);
  for (uint32_t i = 0; i < now.type->count; ++i) {
    operands.a = values[0][i];
    operands.b = values[1] ? values[1][i] : 0;
    operands.c = values[2] ? values[2][i] : 0;
    to[i] = now.compute(operands);
  }
}

/// The slots before a part of a composite, and its type.
static uint32_t skipTo(const Type *type, std::span<const uint32_t> path) {
  uint32_t slots = 0;
  for (uint32_t index : path) {
    if (type->kind == Type::Struct) {
      for (uint32_t i = 0; i < index; ++i)
        slots += type->members[i]->slots();
      type = type->members[index];
    } else {
      slots += index * type->element->slots();
      type = type->element;
    }
  }
  return slots;
}

/// The same bits as components of another width.
static void castBits(const Type &from, const uint64_t *source, const Type &to,
                     uint64_t *target) {
  uint8_t bytes[128] = {};
  uint32_t size = from.width / 8, other = to.width / 8;
  for (uint32_t i = 0; i < from.count; ++i)
    std::memcpy(bytes + i * size, source + i, size);
  for (uint32_t i = 0; i < to.count; ++i) {
    target[i] = 0;
    std::memcpy(target + i, bytes + i * other, other);
  }
}

/// The sum of products of signed numbers: components, or bytes of a word.
static uint64_t dot(const Instruction &now, const uint64_t *a,
                    const uint64_t *b) {
  bool isPacked = now.from->kind != Type::Vector;
  uint32_t width = isPacked ? 8 : now.from->width;
  int64_t sum = 0;
  for (uint32_t i = 0; i < (isPacked ? 4 : now.from->count); ++i) {
    uint64_t x = isPacked ? *a >> 8 * i : a[i],
             y = isPacked ? *b >> 8 * i : b[i];
    sum += signExtend(x, width) * signExtend(y, width);
  }
  return uint64_t(sum) & (~uint64_t(0) >> (64 - now.type->width));
}

/// What isn't done component by component.
void Workgroup::computeWhole(const Thread &thread, const Instruction &now) {
  uint64_t *to = result(thread, now);
  const uint64_t *a = operand(thread, now, 0);
  auto b = [&] { return operand(thread, now, 1); };
  switch (now.opcode) {
  case spv::OpCompositeConstruct:
    if (now.type->kind == Type::Matrix)
      return (void)std::fill_n(to, now.type->count, *a);
    for (size_t i = 0; i < now.operands.size(); ++i)
      to = std::copy_n(operand(thread, now, i), now.types[i]->slots(), to);
    return;
  case spv::OpCompositeExtract:
    std::copy_n(a + skipTo(now.from, now.literals), now.type->slots(), to);
    return;
  case spv::OpCompositeInsert:
    std::copy_n(b(), now.type->slots(), to);
    std::copy_n(a, now.from->slots(), to + skipTo(now.type, now.literals));
    return;
  case spv::OpVectorShuffle:
    for (uint32_t lane : now.literals)
      *to++ = lane < now.from->count ? a[lane] : b()[lane - now.from->count];
    return;
  case spv::OpSelect:
    for (uint32_t i = 0; i < now.type->slots(); ++i)
      to[i] =
          operand(thread, now, a[now.from->count > 1 ? i : 0] & 1 ? 1 : 2)[i];
    return;
  case spv::OpVectorTimesScalar: {
    Compute multiply = computeOf(spv::OpFMul, 0);
    for (uint32_t i = 0; i < now.type->count; ++i)
      to[i] = multiply(
          {a[i], *b(), 0, now.from->width, now.type->width, dispatch.isLoose});
    return;
  }
  case spv::OpBitcast:
    return castBits(*now.from, a, *now.type, to);
  case spv::OpSDot:
    *to = dot(now, a, b());
    return;
  case spv::OpIAddCarry:
    to[0] = uint32_t(*a + *b());
    to[1] = (*a + *b()) >> 32;
    return;
  case spv::OpISubBorrow:
    to[0] = uint32_t(*a - *b());
    to[1] = *a < *b();
    return;
  case spv::OpUMulExtended:
    to[0] = uint32_t(*a * *b());
    to[1] = *a * *b() >> 32;
    return;
  default:
    stop(thread, now,
         "executes opcode " + std::to_string(now.opcode) + " (of GLSL " +
             std::to_string(now.external) + "), which isn't known here");
  }
}

//===----------------------------------------------------------------------===//
// Meetings
//===----------------------------------------------------------------------===//

void Workgroup::meet() {
  std::vector<std::vector<Thread *>> subgroups(subgroupCount());
  for (Thread &thread : threads)
    subgroups[thread.subgroup].push_back(&thread);
  bool anyMet = false;
  for (std::vector<Thread *> &members : subgroups) {
    const Thread &first = *members.front();
    const Instruction &now = module.code[first.next];
    bool isBarrier = now.opcode == spv::OpControlBarrier;
    for (const Thread *member : members)
      if (member->state != first.state || member->next != first.next)
        stop(*member, module.code[member->next],
             "isn't where thread " + std::to_string(first.number) +
                 " of its subgroup waits for it");
    if (first.state == Thread::Done || isBarrier)
      continue;
    if (now.opcode == matrix::MulAdd)
      multiply(members, now);
    else
      reduce(members, now);
    for (Thread *member : members) {
      ++member->next;
      member->state = Thread::Running;
    }
    anyMet = true;
  }
  if (anyMet)
    return;
  for (const Thread &thread : threads)
    if (thread.next != threads[0].next || thread.state != threads[0].state)
      stop(thread, module.code[thread.next],
           "isn't at the barrier where others wait for it");
  const uint32_t orders = spv::MemorySemanticsAcquireReleaseMask |
                          spv::MemorySemanticsWorkgroupMemoryMask;
  const Instruction &barrier = module.code[threads[0].next];
  if (barrier.literals[0] != spv::ScopeWorkgroup ||
      (barrier.literals[1] & orders) != orders)
    stop(threads[0], barrier, "meets a barrier that orders nothing");
  ++time;
  for (Thread &thread : threads) {
    ++thread.next;
    thread.state = Thread::Running;
  }
}

/// From the last to the first: as good an order as any other.
void Workgroup::reduce(std::span<Thread *> members, const Instruction &now) {
  if (now.literals[0] != spv::GroupOperationReduce)
    stop(*members[0], now, "does something else with a subgroup than reduce");
  uint32_t width = now.type->width;
  for (uint32_t i = 0; i < now.type->count; ++i) {
    uint64_t all = operand(*members.back(), now, 0)[i];
    for (size_t k = members.size() - 1; k-- > 0;)
      all = now.compute({operand(*members[k], now, 0)[i], all, 0, width, width,
                         dispatch.isLoose});
    for (Thread *member : members)
      result(*member, now)[i] = all;
  }
}

/// Element i of a matrix in rows has thread i modulo their number.
void Workgroup::multiply(std::span<Thread *> members, const Instruction &now) {
  if (members.size() != module.subgroup)
    stop(*members[0], now, "has matrices in a part of a subgroup");
  std::ranges::sort(members, {}, &Thread::lane);
  auto element = [&](size_t which, uint32_t row, uint32_t column) {
    uint32_t i = row * now.types[which]->columns + column;
    return toFloat(
        operand(*members[i % module.subgroup], now, which)[i / module.subgroup],
        now.types[which]->width);
  };
  uint32_t depth = now.types[0]->columns, width = now.type->width;
  for (uint32_t row = 0; row < now.type->rows; ++row)
    for (uint32_t column = 0; column < now.type->columns; ++column) {
      double sum = element(2, row, column);
      for (uint32_t k = 0; k < depth; ++k)
        sum = toFloat(
            fromFloat(sum + element(0, row, k) * element(1, k, column), width),
            width);
      uint32_t i = row * now.type->columns + column;
      result(*members[i % module.subgroup], now)[i / module.subgroup] =
          fromFloat(sum, width);
    }
}

} // namespace machine
