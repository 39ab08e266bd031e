//===- TestModel.cpp - artifacts for tests --------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestModel.h"

#include "support/File.h"

#include <cstring>
#include <gtest/gtest.h>

namespace tenon {

using namespace format;

TestModel::TestModel(const std::string &kernels) {
  auto object = readFile(kernels, 64 * 1024 * 1024);
  EXPECT_TRUE(object) << object.status().message();
  object_ = *object;
  manifest.target = "cpu";
  manifest.compiler = "test";
  manifest.entry = "forward";
}

uint32_t TestModel::addConstant(const std::string &name,
                                std::vector<int64_t> shape,
                                const std::vector<float> &values) {
  constants_.emplace_back(reinterpret_cast<const char *>(values.data()),
                          values.size() * sizeof(float));
  return plan.addConstant(name, DType::F32, std::move(shape));
}

PlanBuilder &TestModel::addTarget(const std::string &name,
                                  std::vector<ModuleSpec> modules) {
  manifest.otherTargets.push_back(name);
  return targets_.emplace_back(Target{name, plan, std::move(modules)}).plan;
}

uint32_t TestModel::addConstantTo(PlanBuilder &target, const std::string &name,
                                  std::vector<int64_t> shape,
                                  const std::vector<float> &values) {
  uint64_t end = added_.empty()
                     ? plan.weightsSize()
                     : added_.back().first + added_.back().second.size();
  uint64_t offset =
      (end + constantAlignment - 1) / constantAlignment * constantAlignment;
  uint32_t constant = target.addConstant(name, DType::F32, std::move(shape));
  target.moveConstant(constant, offset);
  added_.emplace_back(offset,
                      std::string(reinterpret_cast<const char *>(values.data()),
                                  values.size() * sizeof(float)));
  return constant;
}

/// A constant with these bytes, which must stay.
static ConstantSource sourceOf(const std::string &bytes) {
  return {[&bytes](uint64_t begin, std::span<uint8_t> out) {
            std::memcpy(out.data(), bytes.data() + begin, out.size());
            return Status::ok();
          },
          4};
}

Status TestModel::write(const std::string &path,
                        const WriteOptions &options) const {
  ArtifactContents contents{object_, manifest, records, assets, plan, {}};
  for (const std::string &constant : constants_)
    contents.constants.push_back(sourceOf(constant));
  for (const Target &target : targets_)
    contents.others.push_back({target.name, target.plan, target.modules});
  for (const auto &[offset, bytes] : added_)
    contents.otherConstants.push_back({offset, bytes.size(), sourceOf(bytes)});
  return writeArtifact(path, contents, options);
}

TestModel makeTestModel() {
  TestModel model(TENON_TEST_KERNELS);
  PlanBuilder &plan = model.plan;
  uint32_t b = plan.symbolDim(plan.addSymbol("B", 1, 8, 1));
  uint32_t s = plan.symbolDim(plan.addSymbol("S", 1, 64, 16));
  uint32_t width = plan.constantDim(4);
  uint32_t rows = plan.mul(b, s);
  uint32_t elements = plan.mul(rows, width);
  uint32_t bytes = plan.mul(elements, plan.constantDim(4));
  plan.addVariant("x86-64-v3", "avx2,fma");
  plan.addVariant("x86-64", "sse2");
  uint32_t gather = plan.addKernel("gather", 3, 1);
  uint32_t rotate = plan.addKernel("rotate", 2, 3);
  uint32_t add = plan.addKernel("add", 3, 1);
  uint32_t sum = plan.addKernel("sum", 3, 1);
  std::vector<float> values;
  for (int i = 0; i < 10; ++i)
    for (int k = 0; k < 4; ++k)
      values.push_back(float(i) + float(k) / 4);
  uint32_t table = model.addConstant("table", {10, 4}, values);

  EntrySpec entry;
  entry.name = "forward";
  entry.inputs = {
      {"ids", DType::I64, {b, s}, DefaultKind::Required, 0, {{0, 9}}},
      {"keep", DType::I64, {b, s}, DefaultKind::Fill, 1, {}}};
  entry.outputs = {{"y", DType::F32, {b, s, width}},
                   {"total", DType::F32, {rows}}};
  entry.buffers = {{bytes, 0, 3, 0}, {bytes, 1, 2, 0}};
  Arg ids{ArgKind::Input, 0}, keep{ArgKind::Input, 1};
  Arg y{ArgKind::Output, 0}, total{ArgKind::Output, 1};
  Arg x{ArgKind::Buffer, 0}, rotated{ArgKind::Buffer, 1};
  uint32_t scratch = plan.constantDim(16);
  auto launch = [&](uint32_t kernel, std::vector<Arg> args,
                    std::vector<uint32_t> dims, bool wait, std::string label) {
    entry.launches.push_back({kernel,
                              wait,
                              std::move(args),
                              std::move(dims),
                              {{rows, scratch}, {rows, scratch}},
                              std::move(label),
                              elements,
                              bytes});
  };
  launch(gather, {ids, {ArgKind::Constant, table}, x}, {width}, false,
         "embed/gather#0");
  launch(rotate, {x, rotated}, {width, rows, plan.constantDim(3)}, true,
         "rotate#0");
  launch(add, {x, rotated, y}, {width}, true, "add#0");
  launch(sum, {x, keep, total}, {width}, false, "sum#0");
  plan.addEntry(std::move(entry));
  return model;
}

TestModel makeStateModel() {
  TestModel model(TENON_TEST_KERNELS);
  PlanBuilder &plan = model.plan;
  uint32_t b = plan.symbolDim(plan.addSymbol("B", 1, 8, 1));
  uint32_t t = plan.symbolDim(plan.addSymbol("T", 1, 11, 1));
  uint32_t symbol = plan.addSymbol("P", 0, 11, 4, /*late=*/true);
  uint32_t p = plan.symbolDim(symbol);
  plan.addVariant("x86-64", "sse2");
  uint32_t append = plan.addKernel("append", 3, 1);
  uint32_t replace = plan.addKernel("replace", 3, 1);
  uint32_t weigh = plan.addKernel("weigh", 3, 0);
  uint32_t group = plan.addStateGroup({symbol, 4});
  plan.addState("first", DType::F32, group, {1, 4, 1}, 1);
  uint32_t pairs = plan.addState("pairs", DType::F32, group, {1, 4, 2}, 1);
  uint32_t none = plan.constantDim(0);
  for (bool replaces : {false, true}) {
    EntrySpec entry;
    entry.name = replaces ? "set" : "push";
    entry.inputs = {{"x", DType::F32, {b, t, plan.constantDim(2)}}};
    entry.outputs = {{"total", DType::F32, {b}}};
    entry.states = {{group, b, p, t, replaces, 0}};
    ArgKind first = replaces ? ArgKind::StateAfter : ArgKind::StateBefore;
    entry.launches.push_back(
        {replaces ? replace : append,
         false,
         {{ArgKind::State, pairs}, {first, group}, {ArgKind::Input, 0}},
         {t},
         {{b, none}},
         "put",
         none,
         none});
    entry.launches.push_back({weigh,
                              true,
                              {{ArgKind::State, pairs},
                               {ArgKind::StateAfter, group},
                               {ArgKind::Output, 0}},
                              {},
                              {{b, none}},
                              "weigh",
                              none,
                              none});
    plan.addEntry(std::move(entry));
  }
  model.manifest.entry = "push";
  return model;
}

TestModel makeTokenModel(const std::string &folder, bool findsBest) {
  TestModel model(TENON_TEST_KERNELS);
  PlanBuilder &plan = model.plan;
  uint32_t b = plan.symbolDim(plan.addSymbol("B", 1, 16, 1));
  uint32_t t = plan.symbolDim(plan.addSymbol("T", 1, 300, 16));
  uint32_t symbol = plan.addSymbol("P", 0, 300, 16, /*late=*/true);
  uint32_t p = plan.symbolDim(symbol);
  uint32_t k = findsBest ? plan.symbolDim(plan.addSymbol("K", 1, 20, 8)) : 0;
  uint32_t vocabulary = plan.constantDim(317), one = plan.constantDim(1);
  plan.addVariant("x86-64", "sse2");
  uint32_t remember = plan.addKernel("remember", 3, 1);
  uint32_t predict = plan.addKernel("predict", 3, 1);
  uint32_t judge = plan.addKernel("judge", 4, 1);
  uint32_t dawdle = plan.addKernel("dawdle", 0, 1);
  uint32_t choose = plan.addKernel("choose", 4, 1);
  uint32_t chooseBest = plan.addKernel("choose_best", 6, 2);
  uint32_t group = plan.addStateGroup({symbol, 16});
  uint32_t tokens = plan.addState("tokens", DType::F32, group, {1, 16, 1}, 1);
  uint32_t none = plan.constantDim(0);
  std::vector<std::string> names = {"prefill", "step", "score"};
  if (findsBest)
    names.insert(names.end(), {"prefill_likeliest", "step_likeliest",
                               "prefill_best", "step_best"});
  for (const std::string &name : names) {
    uint32_t count = name.starts_with("step") ? one : t;
    EntrySpec entry;
    entry.name = name;
    auto addInput = [&](const char *input) {
      entry.inputs.push_back({input,
                              DType::I64,
                              {b, count},
                              DefaultKind::Required,
                              0,
                              {{0, 316}}});
    };
    auto launch = [&](uint32_t kernel, std::vector<Arg> args, uint32_t dim) {
      entry.launches.push_back({kernel,
                                !entry.launches.empty(),
                                std::move(args),
                                {dim},
                                {{b, none}},
                                "kernel",
                                none,
                                none});
    };
    addInput("input_ids");
    entry.states = {{group, b, p, count, false, 0}};
    Arg memory{ArgKind::State, tokens}, output{ArgKind::Output, 0};
    Arg before{ArgKind::StateBefore, group}, after{ArgKind::StateAfter, group};
    launch(remember, {memory, before, {ArgKind::Input, 0}}, count);
    for (int i = 0; i < 100 && name.starts_with("prefill"); ++i)
      launch(dawdle, {}, count);
    if (name == "score") {
      addInput("targets");
      entry.outputs = {{"log_probs", DType::F32, {b, count}}};
      launch(judge, {memory, after, {ArgKind::Input, 1}, output}, count);
    } else if (name.ends_with("likeliest")) {
      entry.outputs = {{"token", DType::I64, {b}}, {"logit", DType::F32, {b}}};
      launch(choose, {memory, after, output, {ArgKind::Output, 1}}, vocabulary);
    } else if (name.ends_with("best")) {
      entry.inputs.push_back({"ranks", DType::I64, {k}, DefaultKind::Required});
      entry.outputs = {{"tokens", DType::I64, {b, k}},
                       {"logits", DType::F32, {b, k}},
                       {"total", DType::F32, {b}}};
      launch(chooseBest,
             {memory,
              after,
              {ArgKind::Input, 1},
              output,
              {ArgKind::Output, 1},
              {ArgKind::Output, 2}},
             vocabulary);
      entry.launches.back().dims.push_back(k);
    } else {
      entry.outputs = {{"logits", DType::F32, {b, vocabulary}}};
      launch(predict, {memory, after, output}, vocabulary);
    }
    plan.addEntry(std::move(entry));
  }
  model.manifest.entry = "prefill";
  model.manifest.task = "text-generation";
  for (const char *name :
       {"config.json", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json"}) {
    auto contents = readFile(folder + "/" + name, 1 << 24);
    EXPECT_TRUE(contents) << contents.status().message();
    model.assets.push_back({name, *contents});
  }
  return model;
}

} // namespace tenon
