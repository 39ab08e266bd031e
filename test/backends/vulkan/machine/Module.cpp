//===- Module.cpp - a kernel's SPIR-V, taken apart ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Module.h"

#include <spirv/unified1/spirv.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace machine {

using Words = std::span<const uint32_t>;

void fail(const std::string &what) {
  std::fprintf(stderr, "machine: %s\n", what.c_str());
  std::abort();
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

uint32_t Type::slots() const {
  switch (kind) {
  case Pointer:
    return 2;
  case Array:
    return count * element->slots();
  case Struct: {
    uint32_t all = 0;
    for (const Type *member : members)
      all += member->slots();
    return all;
  }
  case Void:
  case Function:
    return 0;
  default:
    return count;
  }
}

uint64_t Type::bytes() const {
  switch (kind) {
  case Bool:
    return 1;
  case Int:
  case Float:
    return width / 8;
  case Vector:
    return count * element->bytes();
  case Array:
    return uint64_t(count) * stride;
  case RuntimeArray:
    return 0;
  case Struct:
    return members.empty() ? 0 : offsets.back() + members.back()->bytes();
  case Matrix:
    return sizeof(uint64_t) * count;
  default:
    fail("a type that lies in no memory");
  }
}

Type &Module::makeType(uint32_t id, Type::Kind kind) {
  auto &type = types[id];
  type = std::make_unique<Type>();
  type->kind = kind;
  return *type;
}

const Type *Module::typeOf(uint32_t id) const {
  auto found = types.find(id);
  if (found == types.end())
    fail("%" + std::to_string(id) + " is no type");
  return found->second.get();
}

bool Module::declareType(uint16_t opcode, Words words) {
  uint32_t id = words.empty() ? 0 : words[0];
  switch (opcode) {
  case spv::OpTypeVoid:
    makeType(id, Type::Void);
    return true;
  case spv::OpTypeFunction:
    makeType(id, Type::Function);
    return true;
  case spv::OpTypeBool:
    makeType(id, Type::Bool).width = 1;
    return true;
  case spv::OpTypeInt:
  case spv::OpTypeFloat:
    makeType(id, opcode == spv::OpTypeInt ? Type::Int : Type::Float).width =
        words[1];
    return true;
  case spv::OpTypeVector: {
    const Type *element = typeOf(words[1]);
    Type &type = makeType(id, Type::Vector);
    type.element = element;
    type.width = element->width;
    type.count = words[2];
    type.stride = uint32_t(element->bytes());
    return true;
  }
  case spv::OpTypeArray:
  case spv::OpTypeRuntimeArray: {
    const Type *element = typeOf(words[1]);
    bool isSized = opcode == spv::OpTypeArray;
    Type &type = makeType(id, isSized ? Type::Array : Type::RuntimeArray);
    type.element = element;
    type.count = isSized ? constantOf(words[2]) : 0;
    type.stride = decorations[id].stride ? uint32_t(decorations[id].stride)
                                         : uint32_t(element->bytes());
    return true;
  }
  case spv::OpTypeStruct: {
    std::vector<const Type *> members;
    std::vector<uint32_t> offsets;
    uint64_t next = 0;
    for (size_t i = 1; i < words.size(); ++i) {
      members.push_back(typeOf(words[i]));
      auto said = decorations[id].offsets.find(uint32_t(i - 1));
      if (said != decorations[id].offsets.end())
        next = said->second;
      offsets.push_back(uint32_t(next));
      next += members.back()->bytes();
    }
    Type &type = makeType(id, Type::Struct);
    type.members = std::move(members);
    type.offsets = std::move(offsets);
    return true;
  }
  case spv::OpTypePointer: {
    const Type *element = typeOf(words[2]);
    Type &type = makeType(id, Type::Pointer);
    type.storage = words[1];
    type.element = element;
    return true;
  }
  case spv::OpTypeImage:
    makeType(id, Type::Image);
    return true;
  case matrix::Type: {
    const Type *element = typeOf(words[1]);
    Type &type = makeType(id, Type::Matrix);
    type.element = element;
    type.width = element->width;
    type.rows = constantOf(words[3]);
    type.columns = constantOf(words[4]);
    type.count = (type.rows * type.columns + subgroup - 1) / subgroup;
    return true;
  }
  default:
    return false;
  }
}

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

void Module::define(uint32_t id, const Type *type,
                    std::vector<uint64_t> components) {
  values[id] = {uint32_t(constants.size()), type};
  constants.insert(constants.end(), components.begin(), components.end());
}

uint32_t Module::constantOf(uint32_t id) const {
  auto found = values.find(id);
  if (found == values.end() || found->second.slot >= constants.size())
    fail("%" + std::to_string(id) + " is no constant");
  return uint32_t(constants[found->second.slot]);
}

void Module::declareComposite(Words words) {
  const Type *type = typeOf(words[0]);
  std::vector<uint64_t> components;
  for (uint32_t id : words.subspan(2)) {
    const Value &part = values.at(id);
    for (uint32_t i = 0; i < part.type->slots(); ++i)
      components.push_back(constants[part.slot + i]);
  }
  if (type->kind == Type::Matrix)
    components.resize(type->count, components.at(0));
  define(words[1], type, std::move(components));
}

void Module::declareVariable(Words words) {
  const Type *pointer = typeOf(words[0]);
  const Decorations &its = decorations[words[1]];
  Variable variable = {words[1], words[2], pointer->element, its.binding,
                       its.builtIn};
  uint64_t *room = variable.storage == spv::StorageClassWorkgroup ? &sharedBytes
                   : variable.storage == spv::StorageClassFunction
                       ? &privateBytes
                       : nullptr;
  if (room) {
    constexpr uint64_t alignment = 16;
    variable.offset = (*room + alignment - 1) / alignment * alignment;
    *room = variable.offset + pointer->element->bytes();
  }
  define(words[1], pointer, {variables.size(), 0});
  variables.push_back(variable);
}

void Module::declare(uint16_t opcode, Words words) {
  if (declareType(opcode, words))
    return;
  switch (opcode) {
  case spv::OpEntryPoint:
    name = reinterpret_cast<const char *>(&words[2]);
    return;
  case spv::OpExecutionMode:
    if (words[1] == spv::ExecutionModeLocalSize)
      threads = words[2] * words[3] * words[4];
    return;
  case spv::OpDecorate:
    if (words[1] == spv::DecorationBinding)
      decorations[words[0]].binding = words[2];
    if (words[1] == spv::DecorationBuiltIn)
      decorations[words[0]].builtIn = words[2];
    if (words[1] == spv::DecorationArrayStride)
      decorations[words[0]].stride = words[2];
    if (words[1] == spv::DecorationSpecId)
      decorations[words[0]].special = words[2];
    return;
  case spv::OpMemberDecorate:
    if (words[2] == spv::DecorationOffset)
      decorations[words[0]].offsets[words[1]] = words[3];
    return;
  case spv::OpConstantTrue:
  case spv::OpConstantFalse:
    return define(words[1], typeOf(words[0]), {opcode == spv::OpConstantTrue});
  case spv::OpConstant: {
    uint64_t value = words[2];
    if (words.size() > 3)
      value |= uint64_t(words[3]) << 32;
    // Short integers are extended by their sign.
    uint32_t width = typeOf(words[0])->width;
    if (width < 32)
      value &= (1u << width) - 1;
    return define(words[1], typeOf(words[0]), {value});
  }
  case spv::OpSpecConstantTrue:
  case spv::OpSpecConstantFalse:
  case spv::OpSpecConstant: {
    uint32_t value = opcode == spv::OpSpecConstant
                         ? words[2]
                         : uint32_t(opcode == spv::OpSpecConstantTrue);
    if (auto other = special.find(decorations[words[1]].special);
        other != special.end())
      value = other->second;
    return define(words[1], typeOf(words[0]), {value});
  }
  case spv::OpSpecConstantComposite:
    declareComposite(words);
    if (decorations[words[1]].builtIn == spv::BuiltInWorkgroupSize) {
      const uint64_t *sizes = &constants[values.at(words[1]).slot];
      threads = uint32_t(sizes[0] * sizes[1] * sizes[2]);
    }
    return;
  case spv::OpConstantNull:
    return define(words[1], typeOf(words[0]),
                  std::vector<uint64_t>(typeOf(words[0])->slots()));
  case spv::OpUndef:
    return define(
        words[1], typeOf(words[0]),
        std::vector<uint64_t>(typeOf(words[0])->slots(), 0x5555555555555555));
  case spv::OpConstantComposite:
    return declareComposite(words);
  case spv::OpVariable:
    return declareVariable(words);
  case spv::OpCapability:
  case spv::OpExtension:
  case spv::OpExtInstImport:
  case spv::OpMemoryModel:
  case spv::OpName:
  case spv::OpMemberName:
    return;
  default:
    fail("a declaration with opcode " + std::to_string(opcode));
  }
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

void Module::use(Instruction &to, uint32_t id) {
  auto found = values.find(id);
  if (found == values.end())
    fail("%" + std::to_string(id) + " has no value");
  to.operands.push_back(found->second.slot);
  to.types.push_back(found->second.type);
}

void Module::addChain(Instruction &to, Words words) {
  use(to, words[0]);
  const Type *type = to.types[0]->element;
  uint32_t constant = 0;
  for (uint32_t id : words.subspan(1)) {
    if (type->kind == Type::Struct) {
      uint32_t member = constantOf(id);
      constant += type->offsets.at(member);
      type = type->members.at(member);
      continue;
    }
    const Value &index = values.at(id);
    to.steps.push_back({index.slot, index.type->width, type->stride,
                        type->kind == Type::RuntimeArray ? 0 : type->count});
    type = type->element;
  }
  to.literals = {constant};
}

/// Whether an instruction has neither type nor result.
static bool hasNoResult(uint16_t opcode) {
  switch (opcode) {
  case spv::OpStore:
  case matrix::Store:
  case spv::OpBranch:
  case spv::OpBranchConditional:
  case spv::OpReturn:
  case spv::OpControlBarrier:
  case spv::OpUnreachable:
    return true;
  default:
    return false;
  }
}

void Module::addOperands(Instruction &to, uint16_t opcode, Words words) {
  auto useAll = [&](Words ids) {
    for (uint32_t id : ids)
      use(to, id);
  };
  auto literals = [&](Words numbers) {
    to.literals.assign(numbers.begin(), numbers.end());
  };
  switch (opcode) {
  case spv::OpLoad:
    return useAll(words.first(1));
  case spv::OpStore:
  case spv::OpImageFetch:
    return useAll(words.first(2));
  case spv::OpAccessChain:
  case spv::OpInBoundsAccessChain:
    return addChain(to, words);
  case spv::OpCompositeExtract:
    useAll(words.first(1));
    return literals(words.subspan(1));
  case spv::OpCompositeInsert:
  case spv::OpVectorShuffle:
    useAll(words.first(2));
    return literals(words.subspan(2));
  case spv::OpExtInst:
    to.external = uint16_t(words[1]);
    return useAll(words.subspan(2));
  case spv::OpPhi:
    for (size_t i = 0; i < words.size(); i += 2) {
      use(to, words[i]);
      to.literals.push_back(words[i + 1]);
    }
    return;
  case spv::OpBranch:
    return literals(words);
  case spv::OpBranchConditional:
    useAll(words.first(1));
    return literals(words.subspan(1, 2));
  case spv::OpSDot:
    useAll(words.first(2));
    return literals(words.subspan(2));
  case spv::OpAtomicAnd:
  case spv::OpAtomicOr:
    use(to, words[0]);
    return use(to, words[3]);
  case matrix::Load: // Pointer, layout, stride.
    use(to, words[0]);
    use(to, words[2]);
    to.literals = {constantOf(words[1])};
    return;
  case matrix::Store: // Pointer, matrix, layout, stride.
    useAll(words.first(2));
    use(to, words[3]);
    to.literals = {constantOf(words[2])};
    return;
  case matrix::MulAdd:
    return useAll(words.first(3));
  case spv::OpControlBarrier:
    to.literals = {constantOf(words[0]), constantOf(words[2])};
    return;
  default:
    if (combinationOf(opcode)) { // Of a subgroup: scope, kind, value.
      to.literals = {words[1]};
      return use(to, words[2]);
    }
    return useAll(words);
  }
}

void Module::add(uint16_t opcode, Words words) {
  Instruction next;
  next.opcode = opcode;
  if (!hasNoResult(opcode)) {
    next.id = words[1];
    next.type = typeOf(words[0]);
    next.result = values.at(next.id).slot;
    words = words.subspan(2);
  }
  addOperands(next, opcode, words);
  if (!next.types.empty())
    next.from = next.types[0];
  next.compute = combinationOf(opcode);
  next.isOfSubgroup =
      next.compute && opcode != spv::OpAtomicAnd && opcode != spv::OpAtomicOr;
  if (!next.compute)
    next.compute = computeOf(opcode, next.external);
  code.push_back(std::move(next));
}

/// What says something to whoever compiles, and is nothing to execute.
static bool isSilent(uint16_t opcode) {
  return opcode == spv::OpSelectionMerge || opcode == spv::OpLoopMerge ||
         opcode == spv::OpFunction || opcode == spv::OpFunctionEnd;
}

Module::Module(Words words, uint32_t subgroup,
               std::map<int64_t, uint32_t> special)
    : subgroup(subgroup), special(std::move(special)) {
  struct Line {
    uint16_t opcode;
    Words words;
  };
  std::vector<Line> body;
  bool isInside = false;
  constexpr size_t headerWords = 5;
  for (size_t at = headerWords; at < words.size();) {
    uint32_t length = words[at] >> 16;
    auto opcode = uint16_t(words[at]);
    if (!length || at + length > words.size())
      fail("SPIR-V that ends within an instruction");
    Words operands = words.subspan(at + 1, length - 1);
    at += length;
    isInside |= opcode == spv::OpFunction;
    if (isInside && opcode != spv::OpVariable)
      body.push_back({opcode, operands});
    else
      declare(opcode, operands);
  }
  // Values are used before they are there, around loops.
  for (const Line &line : body)
    if (!isSilent(line.opcode) && !hasNoResult(line.opcode) &&
        line.opcode != spv::OpLabel) {
      const Type *type = typeOf(line.words[0]);
      values[line.words[1]] = {uint32_t(constants.size()) + slots, type};
      slots += type->slots();
    }
  for (const Line &line : body) {
    if (line.opcode == spv::OpLabel)
      blocks[line.words[0]] = uint32_t(code.size());
    else if (!isSilent(line.opcode))
      add(line.opcode, line.words);
  }
  for (Instruction &instruction : code)
    if (instruction.opcode == spv::OpPhi ||
        instruction.opcode == spv::OpBranch ||
        instruction.opcode == spv::OpBranchConditional)
      for (uint32_t &label : instruction.literals)
        label = blocks.at(label);
}

} // namespace machine
