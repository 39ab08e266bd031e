//===- Workgroup.h - threads that execute a kernel --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Executes SPIR-V as any device might, and ends the process with a line where
// one might do otherwise: accesses that no barrier orders, or out of bounds,
// reads of shared memory that nobody wrote, barriers and operations of a
// subgroup that not all threads reach.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_BACKENDS_VULKAN_MACHINE_WORKGROUP_H
#define TENON_TEST_BACKENDS_VULKAN_MACHINE_WORKGROUP_H

#include "Module.h"
#include "Shadow.h"

#include <array>

namespace machine {

/// What a descriptor names: bytes of a memory.
struct Bound {
  uint8_t *bytes;
  uint64_t size;
  Shadow *shadow;  ///< Of the memory, in which
  uint64_t offset; ///< this is the place of the bytes.
};

struct Dispatch {
  const Module *module;
  std::map<uint32_t, Bound> bindings;
  std::vector<uint8_t> push;
  std::array<uint32_t, 3> groups;
  uint32_t time, since, sinceOfCopies; ///< See Access.
  bool isLoose;                        ///< See Operands.
  /// Whether neighbouring threads are in different subgroups, as nothing says
  /// that they aren't.
  bool isScattered;
  /// Whether subgroups lack their first lane, as nothing says that they are
  /// full.
  bool hasHoles = false;

  /// Threads that a subgroup has at most.
  uint32_t perSubgroup() const;
};

/// Executes all workgroups, one after the other.
void execute(const Dispatch &dispatch);

class Workgroup {
public:
  explicit Workgroup(const Dispatch &dispatch);

  void run(const std::array<uint32_t, 3> &place);

private:
  struct Thread {
    enum State { Running, Waiting, Done };
    uint32_t number, subgroup, lane;
    uint64_t *registers;
    uint8_t *privates;
    State state = Running;
    uint32_t next = 0; ///< An instruction.
    uint32_t block = 0;
    std::array<uint32_t, 3> builtIn{}; ///< That is being read.
  };

  /// The first slot of an operand.
  const uint64_t *at(const Thread &thread, uint32_t slot) const {
    return slot < constants ? module.constants.data() + slot
                            : thread.registers + (slot - constants);
  }
  const uint64_t *operand(const Thread &thread, const Instruction &of,
                          size_t i) const {
    return at(thread, of.operands[i]);
  }
  uint64_t *result(const Thread &thread, const Instruction &of) const {
    return thread.registers + (of.result - constants);
  }
  [[noreturn]] void stop(const Thread &thread, const Instruction &at,
                         const std::string &what) const;

  uint32_t subgroupCount() const {
    uint32_t per = dispatch.perSubgroup();
    return (module.threads + per - 1) / per;
  }
  void reset();
  void resume(Thread &thread);
  bool step(Thread &thread, const Instruction &now);
  void enter(Thread &thread, uint32_t block);
  void computeComponents(const Thread &thread, const Instruction &now);
  void computeWhole(const Thread &thread, const Instruction &now);

  uint8_t *locate(Thread &thread, const Instruction &by,
                  const uint64_t *pointer, uint64_t size, Access::Kind kind);
  uint8_t *locateBound(const Thread &thread, const Instruction &by,
                       uint32_t binding, uint64_t offset, uint64_t size,
                       Access::Kind kind);
  uint8_t *locateShared(const Thread &thread, const Instruction &by,
                        uint64_t offset, uint64_t size, Access::Kind kind);
  uint8_t *builtIn(Thread &thread, const Variable &variable);
  void chain(const Thread &thread, const Instruction &now);
  void fetch(const Thread &thread, const Instruction &now);
  void moveMatrix(Thread &thread, const Instruction &now, bool isLoad);

  /// Lets threads on that wait for one another.
  void meet();
  void reduce(std::span<Thread *> members, const Instruction &now);
  void multiply(std::span<Thread *> members, const Instruction &now);

  const Dispatch &dispatch;
  const Module &module;
  const uint32_t constants;
  std::vector<uint64_t> registers;
  std::vector<uint8_t> shared, privates;
  Shadow shadow;
  uint32_t time = 0, begun = 0; ///< Of shared memory.
  std::array<uint32_t, 3> place{};
  uint32_t number = 0; ///< In the grid.
  std::vector<Thread> threads;
};

} // namespace machine

#endif // TENON_TEST_BACKENDS_VULKAN_MACHINE_WORKGROUP_H
