//===- Format.h - the artifact file format ----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The one description of a `.tenon` file, for its writer and its reader.
//
// A file is an ELF shared object whose loaded segments hold code only. Behind
// them, outside every segment and so never executable, come sections of ours,
// each aligned to a page, then the section header table, then the weights:
//
//   ELF header, segments        code, linked with `-z defs`, importing nothing
//   .tenon.header               struct Header
//   .tenon.manifest             JSON: family, task, labels, target, ...
//   .tenon.plan                 struct Plan and the tables it points to
//   .tenon.records              JSON: what became of every op, and why
//   .tenon.assets               struct Assets: tokenizer and processor files
//   .tenon.modules              struct Assets: code for other devices, if any
//   .tenon.plan.NAME            for each further target, in the manifest's
//   .tenon.modules.NAME         order: its own plan, its modules if it has any,
//   .tenon.records.NAME         and its records if they are others
//   section names and headers
//   .tenon.weights              aligned to 64 KiB: constants, then their hashes
//
// All integers are little-endian. Structs have no padding that the compiler
// chose, and no pointers: a `Span` or `Text` gives a byte offset from the start
// of its own section, a multiple of the alignment of what is there. Readers
// check every offset, index and enum before use; a file is hostile until then.
//
// Header::hash covers every byte of the file before the weights, the ELF
// headers included, with the hash field itself taken as zero. It is checked
// through an open descriptor before that descriptor is given to the dynamic
// loader. Weights have a hash per MiB, checked on request.
//
// An artifact may be for several targets. Plans of all of them take constants
// from the same weights, where they need the same bytes from the same place; so
// a constant of one plan may begin within what another doesn't use. A reader
// that knows one target only reads the first.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_FORMAT_H
#define TENON_RUNTIME_FORMAT_H

#include <cstdint>
#include <string>
#include <string_view>

namespace tenon::format {

/// Raised with every change that an older reader would misread.
inline constexpr uint32_t version = 3;
inline constexpr char magic[8] = {'T', 'E', 'N', 'O', 'N', '\0', '\r', '\n'};

inline constexpr uint64_t pageSize = 4096;
inline constexpr uint64_t weightsAlignment = 64 * 1024;
/// Every constant starts at a multiple of this within the weights.
inline constexpr uint64_t constantAlignment = 64;
/// Of a state's part of a block: the most that a GPU asks of what is bound.
inline constexpr uint64_t stateAlignment = 256;
inline constexpr uint64_t hashBlockSize = 1024 * 1024;

inline constexpr char headerSection[] = ".tenon.header";
inline constexpr char manifestSection[] = ".tenon.manifest";
inline constexpr char planSection[] = ".tenon.plan";
inline constexpr char recordsSection[] = ".tenon.records";
inline constexpr char assetsSection[] = ".tenon.assets";
inline constexpr char modulesSection[] = ".tenon.modules";
inline constexpr char weightsSection[] = ".tenon.weights";

/// Targets that an artifact has at most.
inline constexpr uint32_t maxTargets = 8;

/// What a section of a target other than the first is called.
inline std::string targetSection(std::string_view section,
                                 std::string_view target) {
  return std::string(section) += "." + std::string(target);
}

/// `count` structs from byte `offset` of the section.
struct Span {
  uint32_t offset;
  uint32_t count;
};

/// `size` bytes of UTF-8 from byte `offset` of the section, not terminated.
struct Text {
  uint32_t offset;
  uint32_t size;
};

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t headerSize; ///< sizeof(Header) of the writer.
  uint64_t fileSize;
  uint64_t weightsOffset; ///< From the start of the file.
  uint64_t weightsSize;   ///< Of the constants, without the hashes.
  /// Hashes of the weights' blocks of hashBlockSize: XXH3-64, each 8 bytes,
  /// from this byte of the file to its end.
  uint64_t weightHashesOffset;
  /// XXH3-128 of the bytes before weightsOffset, low half first.
  uint64_t hash[2];
};

//===----------------------------------------------------------------------===//
// The plan
//===----------------------------------------------------------------------===//

enum class DType : uint32_t { F32, F16, BF16, I64, I32, I8, Bool };

inline constexpr uint32_t maxSymbols = 64;

/// A dim that input shapes bind: each entry has, for each symbol that its dims
/// use, an input with an axis that is just this symbol, or a group of states
/// that grows along it. There are at most maxSymbols of them.
struct Symbol {
  Text name;
  int64_t min, max;
  /// Where costs were compared; benchmarks default to it.
  int64_t typical;
  /// Belongs to a state: may change without anything being planned anew. Sizes
  /// of buffers and scratch memory must not fall as it grows.
  uint32_t late;
  uint32_t reserved;
};

enum class DimOp : uint32_t { Constant, Symbol, Add, Mul, FloorDiv, Min, Max };

/// A node of a dim expression. Operands are indices of earlier nodes, so one
/// pass over the table evaluates them all, in int64 with overflow checked.
struct DimNode {
  DimOp op;
  uint32_t a, b; ///< Operands; for Symbol, `a` is the symbol's index.
  uint32_t reserved;
  int64_t value; ///< Of a Constant.
};

/// Data that kernels read from the weights.
struct Constant {
  Text name;
  uint64_t offset; ///< In the weights section.
  uint64_t size;   ///< In bytes: what type and shape need.
  DType type;
  uint32_t reserved;
  Span shape; ///< Of int64_t.
};

/// A set of functions for one kind of processor. Variants are ordered best
/// first; the first whose features this machine has is used.
struct Variant {
  Text name; ///< `x86-64-v4`, or a processor's name for --cpu native.
  /// What it needs, separated by commas, by the names of /proc/cpuinfo.
  Text features;
};

/// A function of the code, once a variant: its symbol is kernelSymbol().
struct Kernel {
  Text name;
  uint32_t buffers; ///< Pointers it takes.
  uint32_t dims;    ///< Integers it takes.
};

enum class DefaultKind : uint32_t {
  Required, ///< The caller must give the tensor.
  Fill,     ///< All elements are `value`.
  Iota      ///< The index along the last axis.
};

/// An input or output of an entry: dense, row-major.
struct Port {
  Text name;
  DType type;
  DefaultKind defaultKind;
  double defaultValue; ///< Of Fill; 0 for 16-bit types.
  Span dims;           ///< Of uint32_t: dim nodes, one an axis.
  /// If set, elements (integers) must lie in valueMin .. valueMax.
  uint32_t checked;
  uint32_t reserved;
  int64_t valueMin, valueMax;
};

/// An intermediate tensor: memory of the arena while launches first .. last
/// run, and only these take it as argument.
struct Buffer {
  uint32_t size; ///< Dim node: bytes.
  uint32_t first, last;
  /// Of an element, in bytes; 0 where nobody knows: in older files.
  uint32_t elementSize;
};

/// States that grow together, along the same late dim: the keys and values of
/// all layers, say. A state has rows (axis 0 of its contents: one a sequence),
/// and the rows of a group hold the same number of positions of each of its
/// states. That memory comes in blocks of `positions`, each with the elements
/// of all states of the group; a row's blocks may lie anywhere, and rows may
/// share them.
struct StateGroup {
  uint32_t symbol;     ///< At a call, the most positions that a row holds.
  uint32_t positions;  ///< Of a block.
  uint64_t blockBytes; ///< A multiple of stateAlignment.
};

/// A tensor that outlives calls.
struct State {
  Text name;
  DType type;
  uint32_t group;
  uint64_t offset; ///< Of its elements in a block, in bytes; aligned, too.
  /// Of int64_t: the shape of its part of a block, which is dense. Axis 0 is
  /// the row and has size 1; `axis` has as many as a block has positions.
  Span shape;
  uint32_t axis;
  uint32_t reserved;
};

/// What an entry does with a group of states.
struct StateUse {
  uint32_t group;
  uint32_t rows;   ///< Dim node.
  uint32_t before; ///< Dim node: positions of the longest row at the call.
  uint32_t growth; ///< Dim node: positions that every row gets.
  /// What rows hold is dropped first, and then `growth` positions written.
  uint32_t replaces;
  uint32_t reserved;
};

enum class ArgKind : uint32_t {
  Input,
  Output,
  Buffer,
  Constant,
  /// The first block of a group's memory, from the state's offset on. The index
  /// is that of a state.
  State,
  /// Where the rows of a group lie, before or after the call's growth, as
  /// int64_t: for each row the number of its positions and the index, in this
  /// same array, of a list of its blocks; and those lists, in bytes from the
  /// first block. All lists have as many places as the longest row has blocks;
  /// what lies behind a row's end is unspecified. The index is that of a group.
  StateBefore,
  StateAfter
};

/// Where one of a kernel's pointers points.
struct Arg {
  ArgKind kind;
  uint32_t index; ///< Of the entry's inputs, outputs or buffers; of constants.
};

/// What differs between variants of a launch.
struct LaunchShape {
  uint32_t grid;    ///< Dim node: the number of tasks.
  uint32_t scratch; ///< Dim node: bytes of scratch memory for each thread.
};

/// What a kernel's products are of, as different units may make them.
enum class Products : uint32_t { Floats, Bytes, BFloats, Halves };
inline constexpr Products allProducts[] = {Products::Floats, Products::Bytes,
                                           Products::BFloats, Products::Halves};

/// One run of a kernel.
struct Launch {
  uint32_t kernel;
  /// Whether all threads must have finished the launches before: this one reads
  /// or writes what one of those since the last such mark wrote, or writes what
  /// one of those reads. (Where buffers only share memory by their lifetimes,
  /// the runtime sees to it itself: none is used again before such a mark.)
  uint32_t waitBefore;
  Span args;         ///< Of Arg.
  Span dims;         ///< Of uint32_t: dim nodes.
  Span shapes;       ///< Of LaunchShape, one a variant.
  Text label;        ///< The ops it runs, for people.
  uint32_t flops;    ///< Dim node: floating-point operations.
  uint32_t bytes;    ///< Dim node: bytes read and written, each once.
  Products products; ///< What `flops` are of.
};

enum class Relation : uint32_t { Eq, Ne, Lt, Le, Gt, Ge };

/// Must hold when the entry is called.
struct Check {
  uint32_t left, right; ///< Dim nodes.
  Relation relation;
  uint32_t reserved;
  Text message; ///< What is wrong otherwise, for the user.
};

struct Entry {
  Text name;
  Span inputs;   ///< Of Port.
  Span outputs;  ///< Of Port.
  Span buffers;  ///< Of Buffer.
  Span launches; ///< Of Launch.
  Span checks;   ///< Of Check.
  Span states;   ///< Of StateUse, each group once.
};

/// The root of the plan section, at its start.
struct Plan {
  Span symbols;     ///< Of Symbol.
  Span dims;        ///< Of DimNode.
  Span constants;   ///< Of Constant.
  Span variants;    ///< Of Variant.
  Span kernels;     ///< Of Kernel.
  Span stateGroups; ///< Of StateGroup.
  Span states;      ///< Of State.
  Span entries;     ///< Of Entry.
};

//===----------------------------------------------------------------------===//
// Assets
//===----------------------------------------------------------------------===//

/// A file of the checkpoint that the runtime reads, byte for byte; or, in the
/// modules section, a program that a device's driver takes. Its name is the
/// kernelSymbol() of the one kernel in it.
struct Asset {
  Text name;
  uint64_t offset; ///< In the assets section.
  uint64_t size;
};

/// The root of the assets and of the modules section, at its start.
struct Assets {
  Span files; ///< Of Asset.
};

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

/// A kernel: runs tasks begin .. end - 1 of its grid. Tasks are independent;
/// `scratch` is this thread's own, aligned to 64 bytes. Buffers of the arena
/// and constants are aligned to 64 bytes too, inputs and outputs as their
/// elements.
using KernelFunction = void(const void *const *buffers, const int64_t *dims,
                            void *scratch, int64_t begin, int64_t end);

/// The symbol of a kernel for a variant: NAME.VARIANT with every character
/// outside [A-Za-z0-9_] replaced by `_`.
inline std::string kernelSymbol(std::string_view kernel,
                                std::string_view variant) {
  std::string symbol(kernel);
  symbol += '.';
  symbol += variant;
  for (char &c : symbol)
    if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
          (c >= '0' && c <= '9')))
      c = '_';
  return symbol;
}

// The layout is the format: a change here is a new version.
static_assert(sizeof(Header) == 64 && sizeof(Symbol) == 40 &&
              sizeof(DimNode) == 24 && sizeof(Constant) == 40 &&
              sizeof(Variant) == 16 && sizeof(Kernel) == 16 &&
              sizeof(Port) == 56 && sizeof(Buffer) == 16 && sizeof(Arg) == 8 &&
              sizeof(LaunchShape) == 8 && sizeof(Launch) == 52 &&
              sizeof(Check) == 24 && sizeof(Entry) == 56 &&
              sizeof(StateGroup) == 16 && sizeof(State) == 40 &&
              sizeof(StateUse) == 24 && sizeof(Plan) == 64 &&
              sizeof(Asset) == 24 && sizeof(Assets) == 8);

} // namespace tenon::format

#endif // TENON_RUNTIME_FORMAT_H
