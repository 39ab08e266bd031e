//===- Module.h - a kernel's SPIR-V, taken apart ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The form of SPIR-V that Workgroup.h executes: instructions of one function
// with numbered operands. A value lies in slots of 64 bits, one for each
// component. What the compiler doesn't write isn't known here, and ends the
// process with a line.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_BACKENDS_VULKAN_MACHINE_MODULE_H
#define TENON_TEST_BACKENDS_VULKAN_MACHINE_MODULE_H

#include "Number.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace machine {

/// Ends the process with a line.
[[noreturn]] void fail(const std::string &what);

/// What SPIRV-Headers learn of later (SPV_KHR_cooperative_matrix).
namespace matrix {
enum Op : uint16_t { Type = 4456, Load, Store, MulAdd };
enum Layout : uint32_t { RowMajor, ColumnMajor };
} // namespace matrix

struct Type {
  enum Kind {
    Void,
    Bool,
    Int,
    Float,
    Vector,
    Array,
    RuntimeArray,
    Struct,
    Pointer,
    Image,
    Matrix,
    Function
  };
  Kind kind = Void;
  uint32_t width = 0;            ///< Bits of a component.
  uint32_t count = 1;            ///< Components; elements of an array.
  const Type *element = nullptr; ///< What a pointer points to, too.
  uint32_t stride = 0;           ///< Bytes from element to element.
  std::vector<const Type *> members;
  std::vector<uint32_t> offsets; ///< Of members, in bytes.
  uint32_t storage = 0;          ///< The class of a pointer.
  uint32_t rows = 0, columns = 0;

  uint32_t slots() const;
  uint64_t bytes() const;
};

/// A part of an access chain: an index, and what it is multiplied by.
struct Step {
  uint32_t operand, width, stride; ///< An integer of so many bits.
  uint32_t limit; ///< Indices are less; 0: memory is their only limit.
};

struct Instruction {
  uint16_t opcode = 0;
  uint16_t external = 0; ///< Of GLSL.std.450, if the opcode is OpExtInst.
  uint32_t id = 0;       ///< Of the result.
  const Type *type = nullptr;
  const Type *from = nullptr; ///< Of the first operand.
  uint32_t result = 0;        ///< Its first slot.
  /// First slots of operands that are values.
  std::vector<uint32_t> operands;
  std::vector<const Type *> types; ///< Of them.
  std::vector<uint32_t> literals;  ///< Other numbers; blocks as places.
  std::vector<Step> steps;
  Compute compute = nullptr; ///< Of a component.
  bool isOfSubgroup = false; ///< Whether a subgroup's threads compute together.
};

struct Variable {
  uint32_t id, storage;
  const Type *type;
  int64_t binding = -1, builtIn = -1;
  uint64_t offset = 0; ///< In the memory of a workgroup, or of a thread.
};

class Module {
public:
  /// Takes apart a module for subgroups of so many threads, with other values
  /// of specialization constants, by their numbers.
  Module(std::span<const uint32_t> words, uint32_t subgroup,
         std::map<int64_t, uint32_t> special = {});

  std::string name; ///< Of the entry point.
  uint32_t threads = 1, subgroup;
  std::vector<Instruction> code;
  std::vector<Variable> variables;
  /// Slots below `constants.size()` are these, which all threads share.
  std::vector<uint64_t> constants;
  uint32_t slots = 0; ///< Of a thread, behind them.
  uint64_t sharedBytes = 0, privateBytes = 0;

private:
  struct Decorations {
    int64_t binding = -1, builtIn = -1, stride = 0, special = -1;
    std::map<uint32_t, uint32_t> offsets;
  };
  struct Value {
    uint32_t slot;
    const Type *type;
  };

  void declare(uint16_t opcode, std::span<const uint32_t> words);
  bool declareType(uint16_t opcode, std::span<const uint32_t> words);
  void declareComposite(std::span<const uint32_t> words);
  void declareVariable(std::span<const uint32_t> words);
  void add(uint16_t opcode, std::span<const uint32_t> words);
  void addOperands(Instruction &to, uint16_t opcode,
                   std::span<const uint32_t> words);
  void addChain(Instruction &to, std::span<const uint32_t> words);
  void use(Instruction &to, uint32_t id);
  const Type *typeOf(uint32_t id) const;
  uint32_t constantOf(uint32_t id) const;
  Type &makeType(uint32_t id, Type::Kind kind);
  void define(uint32_t id, const Type *type, std::vector<uint64_t> components);

  std::map<uint32_t, std::unique_ptr<Type>> types;
  std::map<uint32_t, Decorations> decorations;
  std::map<uint32_t, Value> values;
  std::map<int64_t, uint32_t> special;
  /// Places of labels.
  std::map<uint32_t, uint32_t> blocks;
};

} // namespace machine

#endif // TENON_TEST_BACKENDS_VULKAN_MACHINE_MODULE_H
