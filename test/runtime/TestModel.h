//===- TestModel.h - artifacts for tests ------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_RUNTIME_TESTMODEL_H
#define TENON_TEST_RUNTIME_TESTMODEL_H

#include "runtime/format/ArtifactWriter.h"

#include <list>
#include <string>
#include <vector>

namespace tenon {

/// The parts of an artifact, to be changed before it is written.
class TestModel {
public:
  /// `kernels` is the path of the shared object to wrap.
  explicit TestModel(const std::string &kernels);

  /// A constant whose bytes are those of `values`.
  uint32_t addConstant(const std::string &name, std::vector<int64_t> shape,
                       const std::vector<float> &values);

  /// Makes the artifact one for a further target, whose plan begins as a copy
  /// of this one's. Its modules are `modules`.
  format::PlanBuilder &addTarget(const std::string &name,
                                 std::vector<format::ModuleSpec> modules = {});
  /// A constant that only that target has, when no more are added to `plan`.
  uint32_t addConstantTo(format::PlanBuilder &target, const std::string &name,
                         std::vector<int64_t> shape,
                         const std::vector<float> &values);

  Status write(const std::string &path,
               const format::WriteOptions &options = {}) const;

  format::PlanBuilder plan;
  runtime::Manifest manifest;
  std::vector<format::AssetSpec> assets;
  std::string records = "[]";

private:
  std::string object_;
  std::vector<std::string> constants_;

  struct Target {
    std::string name;
    format::PlanBuilder plan;
    std::vector<format::ModuleSpec> modules;
  };
  std::list<Target> targets_;
  std::vector<std::pair<uint64_t, std::string>> added_; ///< By offset.
};

/// A model with one entry, `forward(ids: i64[B, S], keep: i64[B, S] = 1)`, B in
/// 1..8, S in 1..64, ids in 0..9:
///
///   x = table[ids]            f32[B*S, 4], table[i, k] = i + k / 4
///   y = (x + rotate(x, 3)) * FACTOR     f32[B, S, 4]; FACTOR 1 (2 in `v3`)
///   total[i] = keep[i] ? sum of x[i] : 0   f32[B*S]
///
/// and variants `x86-64-v3` and `x86-64`.
TestModel makeTestModel();

/// `push(x: f32[B, T, 2])` appends and `set(x)` replaces; both give
/// `total: f32[B]`, see `weigh` in TestKernels.c. At most 11 positions, in
/// blocks of 4.
TestModel makeStateModel();

/// A language model of 317 tokens and 300 positions, in rows of which 16 go at
/// once, with the files of the checkpoint in `folder`. The scores of the next
/// token are a hash of all tokens before it. A prompt of 128 tokens or more
/// takes about a second, in 100 launches.
/// With `findsBest`, it has the entries that give the likeliest token, or the
/// best ones, 20 at most, with the sum of scores for a total.
TestModel makeTokenModel(const std::string &folder, bool findsBest = false);

} // namespace tenon

#endif // TENON_TEST_RUNTIME_TESTMODEL_H
