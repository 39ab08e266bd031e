//===- ArtifactTest.cpp - writing and opening .tenon files ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "../support/TestFiles.h"
#include "TestModel.h"

#include "runtime/Artifact.h"

#include <cstring>
#include <elf.h>
#include <random>

using namespace tenon;
using runtime::Artifact;

namespace {

class ArtifactTest : public testing::Test {
protected:
  ArtifactTest() {
    TestModel model = makeTestModel();
    std::vector<float> values(700'000); // several blocks of hashes
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = float(i);
    model.addConstant("big", {700'000}, values);
    model.addConstant("empty", {0, 3}, {});
    model.addConstant("last", {3}, {1, 2, 3});
    model.assets = {{"vocab.txt", "a\nb\n"},
                    {"config.json", "{}"},
                    {"1_Pooling/config.json", ""}};
    model.manifest.family = "bert";
    model.records = "[{\"op\": \"x\"}]";
    EXPECT_TRUE(model.write(path()).isOk());
    bytes = *readFile(path(), 1 << 30);
  }

  std::string path() const { return folder / "m.tenon"; }

  std::string openError(const std::string &contents) {
    std::string path = folder.write("x.tenon", contents);
    auto artifact = Artifact::open(path);
    return without(folder, artifact.status().render());
  }

  /// The offset in the file of a section.
  size_t sectionAt(const char *name) {
    auto elf = runtime::parseElf(
        {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}, "");
    return elf->find(name)->offset;
  }

  TestFolder folder;
  std::string bytes;
};

TEST_F(ArtifactTest, ReadsWhatWasWritten) {
  auto opened = Artifact::open(path());
  ASSERT_TRUE(opened) << opened.status().message();
  const Artifact &artifact = **opened;
  EXPECT_EQ(artifact.manifest().target, "cpu");
  EXPECT_EQ(artifact.manifest().family, "bert");
  EXPECT_EQ(artifact.manifest().entry, "forward");
  EXPECT_EQ(artifact.records(), "[{\"op\": \"x\"}]");
  EXPECT_EQ(artifact.assets().size(), 3u);
  EXPECT_EQ(artifact.asset("vocab.txt"), "a\nb\n");
  EXPECT_EQ(artifact.asset("1_Pooling/config.json"), "");
  EXPECT_EQ(artifact.asset("none"), std::nullopt);
  ASSERT_EQ(artifact.plan().constants().size(), 4u);
  std::span<const uint8_t> big = artifact.constant(1);
  float value;
  std::memcpy(&value, big.data() + 4 * 654'321, 4);
  EXPECT_EQ(value, 654'321.0f);
  EXPECT_EQ(reinterpret_cast<uint64_t>(big.data()) % 64, 0u);
  EXPECT_EQ(artifact.header().weightsOffset % format::weightsAlignment, 0u);
  EXPECT_TRUE(artifact.checkWeights(3).isOk());
}

TEST_F(ArtifactTest, IsAnElfFile) {
  auto opened = Artifact::open(path());
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->machine(), EM_X86_64);
  const runtime::ElfFile &elf = (*opened)->elf();
  for (const char *name :
       {".text", ".dynsym", ".shstrtab", ".tenon.header", ".tenon.manifest",
        ".tenon.plan", ".tenon.records", ".tenon.assets", ".tenon.weights"})
    EXPECT_TRUE(elf.find(name)) << name;
  EXPECT_FALSE(elf.find(".tenon.weights")->isLoaded);
}

TEST_F(ArtifactTest, BytesDependOnNothingElse) {
  for (unsigned jobs : {1u, 2u, 5u}) {
    TestModel model = makeTestModel();
    model.addConstant("big", {700'000}, std::vector<float>(700'000, 2));
    uint64_t last = 0;
    format::WriteOptions options{jobs, [&](uint64_t done, uint64_t total) {
                                   EXPECT_LE(last, done);
                                   EXPECT_LE(done, total);
                                   last = done;
                                 }};
    ASSERT_TRUE(model.write(folder / "jobs.tenon", options).isOk());
    EXPECT_EQ(last, model.plan.constants()[1].size + 160);
    static std::string first;
    std::string now = *readFile(folder / "jobs.tenon", 1 << 30);
    if (first.empty())
      first = now;
    EXPECT_EQ(first, now);
  }
}

TEST_F(ArtifactTest, AFailingSourceLeavesNothing) {
  std::string object = *readFile(TENON_TEST_KERNELS, 1 << 20);
  format::PlanBuilder plan;
  plan.addConstant("a", format::DType::F32, {10});
  plan.addConstant("b", format::DType::F32, {20});
  format::ArtifactContents contents{object, {}, "", {}, plan, {}};
  for (const char *what : {"first", "second"})
    contents.constants.push_back({[what](uint64_t, std::span<uint8_t>) {
                                    return Status::invalid("source", what);
                                  },
                                  1});
  Status status = writeArtifact(folder / "bad.tenon", contents, {3, {}});
  EXPECT_EQ(status.message(), "source: first");
  EXPECT_EQ(folder.files(), 1u);
}

TEST_F(ArtifactTest, GranulesAreKept) {
  std::string object = *readFile(TENON_TEST_KERNELS, 1 << 20);
  format::PlanBuilder plan;
  plan.addConstant("a", format::DType::I8, {10'000'003});
  format::ArtifactContents contents{object, {}, "", {}, plan, {}};
  contents.manifest.target = "cpu";
  std::atomic<uint64_t> total = 0;
  contents.constants.push_back({[&](uint64_t begin, std::span<uint8_t> out) {
                                  EXPECT_EQ(begin % 1'000'001, 0u);
                                  EXPECT_TRUE(out.size() % 1'000'001 == 0 ||
                                              begin + out.size() == 10'000'003);
                                  std::fill(out.begin(), out.end(),
                                            uint8_t(begin));
                                  total += out.size();
                                  return Status::ok();
                                },
                                1'000'001});
  ASSERT_TRUE(writeArtifact(folder / "g.tenon", contents, {2, {}}).isOk());
  EXPECT_EQ(total, 10'000'003u);
  EXPECT_TRUE((*Artifact::open(folder / "g.tenon"))->checkWeights(1).isOk());
}

TEST_F(ArtifactTest, TheHeadIsReplaced) {
  std::string object = *readFile(TENON_TEST_KERNELS, 1 << 20);
  std::string file = folder / "r.tenon";
  format::PlanBuilder plan;
  plan.addConstant("a", format::DType::I8, {100'003});
  format::ArtifactContents contents{object, {}, "first", {}, plan, {}};
  contents.manifest.target = "cpu";
  contents.constants.push_back({[](uint64_t begin, std::span<uint8_t> out) {
                                  std::fill(out.begin(), out.end(), 7);
                                  return Status::ok();
                                },
                                1});
  format::WriteOptions options;
  options.room = 300'000;
  ASSERT_TRUE(writeArtifact(file, contents, options).isOk());
  contents.records = std::string(100'000, 'x');
  contents.constants[0].read = [](uint64_t, std::span<uint8_t>) {
    return Status::internal("", "nobody reads it");
  };
  ASSERT_TRUE(replaceHead(file, contents).isOk());
  auto artifact = Artifact::open(file);
  ASSERT_TRUE(artifact) << artifact.status().message();
  EXPECT_EQ((*artifact)->records(), contents.records);
  EXPECT_EQ((*artifact)->constant(0)[100'002], 7);
  EXPECT_TRUE((*artifact)->checkWeights(1).isOk());

  contents.records = std::string(1'000'000, 'x');
  EXPECT_EQ(replaceHead(file, contents).what(), "has no room for this code");
  format::PlanBuilder other;
  other.addConstant("a", format::DType::I8, {100'004});
  format::ArtifactContents different{object, {}, "", {}, other, {}};
  different.constants = contents.constants;
  EXPECT_EQ(replaceHead(file, different).what(), "has other weights");
}

TEST_F(ArtifactTest, NoArtifacts) {
  EXPECT_EQ(openError(""),
            "x.tenon: isn't a Tenon artifact: it is no ELF file");
  EXPECT_EQ(openError("hello, world"),
            "x.tenon: isn't a Tenon artifact: it is no ELF file");
  std::string kernels = *readFile(TENON_TEST_KERNELS, 1 << 20);
  EXPECT_EQ(openError(kernels),
            "x.tenon: isn't a Tenon artifact: it has no section "
            "'.tenon.header'");
  kernels[EI_CLASS] = ELFCLASS32;
  EXPECT_EQ(openError(kernels), "x.tenon: isn't a Tenon artifact: it is no "
                                "64-bit little-endian shared object");
}

TEST_F(ArtifactTest, TruncatedAnywhere) {
  std::string size = "x.tenon: is truncated: has ";
  EXPECT_TRUE(openError(bytes.substr(0, bytes.size() - 1)).starts_with(size));
  EXPECT_TRUE(openError(bytes.substr(0, bytes.size() / 2)).starts_with(size));
  EXPECT_EQ(openError(bytes.substr(0, 5000)),
            "x.tenon: is truncated or damaged: its section headers lie beyond "
            "its end");
  EXPECT_EQ(openError(bytes.substr(0, 30)),
            "x.tenon: is truncated or damaged: its ELF header isn't complete");
  std::mt19937 random(3);
  for (int i = 0; i < 100; ++i)
    EXPECT_NE(openError(bytes.substr(0, random() % bytes.size())), "");
  EXPECT_TRUE(openError(bytes + "x").starts_with("x.tenon: is damaged: has "));
}

TEST_F(ArtifactTest, FlippedBitsBeforeTheWeights) {
  size_t head = (*Artifact::open(path()))->header().weightsOffset;
  std::mt19937 random(5);
  for (int i = 0; i < 400; ++i) {
    size_t at = i < 200 ? random() % head : i - 200;
    std::string damaged = bytes;
    damaged[at] ^= char(1 << random() % 8);
    EXPECT_NE(openError(damaged), "") << at;
  }
  std::string damaged = bytes;
  damaged[sectionAt(".text")] ^= 1;
  EXPECT_EQ(openError(damaged),
            "x.tenon: is damaged: its code or metadata don't match their hash");
}

TEST_F(ArtifactTest, FlippedBitsInTheWeights) {
  auto good = Artifact::open(path());
  size_t weights = (*good)->header().weightsOffset;
  std::string damaged = bytes;
  damaged[weights + 2'000'000] ^= 4;
  std::string file = folder.write("w.tenon", damaged);
  auto artifact = Artifact::open(file);
  ASSERT_TRUE(artifact) << artifact.status().message();
  EXPECT_EQ(without(folder, (*artifact)->checkWeights(2).message()),
            "w.tenon: is damaged: weights at byte " +
                std::to_string(weights + 1024 * 1024) +
                " don't match their hash, in or near constant 'big'");
  // The hashes themselves.
  damaged = bytes;
  damaged.back() ^= 1;
  artifact = Artifact::open(folder.write("h.tenon", damaged));
  ASSERT_TRUE(artifact);
  EXPECT_FALSE((*artifact)->checkWeights(1).isOk());
}

TEST_F(ArtifactTest, OtherVersions) {
  std::string other = bytes;
  size_t at = sectionAt(".tenon.header") + offsetof(format::Header, version);
  other[at] = 9;
  EXPECT_EQ(openError(other),
            "x.tenon: is of format version 9, this runtime reads version 3\n"
            "help: compile the model again");
}

TEST_F(ArtifactTest, BadManifests) {
  TestModel model = makeTestModel();
  model.manifest.target = "";
  ASSERT_TRUE(model.write(folder / "x.tenon").isOk());
  EXPECT_EQ(
      without(folder, Artifact::open(folder / "x.tenon").status().message()),
      "x.tenon: manifest: 'target' is missing; it must be a string");
  model.manifest.target = "cpu\x1b[2J";
  ASSERT_TRUE(model.write(folder / "x.tenon").isOk());
  EXPECT_EQ(
      without(folder, Artifact::open(folder / "x.tenon").status().message()),
      "x.tenon: manifest: a name isn't printable");
}

/// A model for two targets: the second has a constant of its own, and modules.
TestModel makeModelForTwo() {
  TestModel model = makeTestModel();
  model.addConstant("both", {3}, {1, 2, 3});
  format::PlanBuilder &other =
      model.addTarget("gpu", {{"k_desktop", "code"}, {"a_desktop", "more"}});
  model.addConstantTo(other, "own", {4}, {4, 5, 6, 7});
  model.addConstantTo(other, "own too", {2}, {8, 9});
  return model;
}

TEST_F(ArtifactTest, TargetsShareWeights) {
  ASSERT_TRUE(makeModelForTwo().write(folder / "two.tenon").isOk());
  auto opened = Artifact::open(folder / "two.tenon");
  ASSERT_TRUE(opened) << opened.status().message();
  Artifact &artifact = **opened;
  ASSERT_EQ(artifact.targets().size(), 2u);
  EXPECT_EQ(artifact.target().name, "cpu");
  EXPECT_EQ(artifact.plan().constants().size(), 2u);
  EXPECT_EQ(artifact.module("k_desktop"), std::nullopt);
  std::span<const uint8_t> both = artifact.constant(1);

  artifact.select(1);
  EXPECT_EQ(artifact.target().name, "gpu");
  EXPECT_EQ(artifact.module("k_desktop"), "code");
  EXPECT_EQ(artifact.records(), "[]");
  ASSERT_EQ(artifact.plan().constants().size(), 4u);
  EXPECT_EQ(artifact.constant(1).data(), both.data());
  auto number = [&](uint32_t constant, size_t i) {
    float value;
    std::memcpy(&value, artifact.constant(constant).data() + 4 * i, 4);
    return value;
  };
  EXPECT_EQ(number(1, 2), 3);
  EXPECT_EQ(number(2, 3), 7);
  EXPECT_EQ(number(3, 1), 9);
  EXPECT_TRUE(artifact.checkWeights(2).isOk());
}

TEST_F(ArtifactTest, DamageInATargetsOwnWeights) {
  TestModel model = makeTestModel();
  format::PlanBuilder &other = model.addTarget("gpu");
  model.addConstantTo(other, "own", {600'000},
                      std::vector<float>(600'000, 1.0F));
  ASSERT_TRUE(model.write(folder / "two.tenon").isOk());
  std::string damaged = *readFile(folder / "two.tenon", 1 << 30);
  size_t weights =
      (*Artifact::open(folder / "two.tenon"))->header().weightsOffset;
  damaged[weights + 2'200'000] ^= 4;
  auto artifact = Artifact::open(folder.write("w.tenon", damaged));
  ASSERT_TRUE(artifact) << artifact.status().message();
  EXPECT_TRUE((*artifact)->checkWeights(2).message().ends_with(
      "in or near constant 'own'"));
}

TEST_F(ArtifactTest, BadTargets) {
  std::string where = "x.tenon: manifest: 'other_targets' must be ";
  auto error = [&](std::vector<std::string> names) {
    TestModel model = makeTestModel();
    model.manifest.otherTargets = std::move(names);
    EXPECT_TRUE(model.write(folder / "x.tenon").isOk());
    return without(folder,
                   Artifact::open(folder / "x.tenon").status().message());
  };
  EXPECT_EQ(error({}), "");
  EXPECT_TRUE(error({"cpu"}).starts_with(where + "a list of different names"));
  EXPECT_TRUE(error({"a", "a"}).starts_with(where + "a list of differ"));
  EXPECT_TRUE(error({"\x1b[2J"}).starts_with(where + "a list of differ"));
  EXPECT_TRUE(error({""}).starts_with(where + "a list of different names"));
  EXPECT_TRUE(error(std::vector<std::string>(100'000, "a"))
                  .starts_with(where + "a short list of names"));
  EXPECT_EQ(error({"gpu"}),
            "x.tenon: is damaged: section '.tenon.plan.gpu' is missing");
}

TEST_F(ArtifactTest, DamageAnywhereInAFileForTwo) {
  ASSERT_TRUE(makeModelForTwo().write(folder / "two.tenon").isOk());
  std::string two = *readFile(folder / "two.tenon", 1 << 30);
  size_t head = (*Artifact::open(folder / "two.tenon"))->header().weightsOffset;
  std::mt19937 random(11);
  // No hash is looked at: whatever is read is checked by itself.
  for (int i = 0; i < 5'000; ++i) {
    std::string damaged = two;
    for (int k = 0; k < 3; ++k)
      damaged[random() % head] ^= char(1 << random() % 8);
    std::vector<uint64_t> aligned(damaged.size() / 8 + 1);
    std::memcpy(aligned.data(), damaged.data(), damaged.size());
    auto artifact = Artifact::parse(
        {reinterpret_cast<const uint8_t *>(aligned.data()), damaged.size()},
        "f", /*checkHash=*/false);
    for (uint32_t t = 0; artifact && t < (*artifact)->targets().size(); ++t) {
      (*artifact)->select(t);
      for (const runtime::AssetView &module : (*artifact)->modules())
        EXPECT_EQ((*artifact)->module(module.name), module.contents);
      for (uint32_t c = 0; c < (*artifact)->plan().constants().size(); ++c)
        EXPECT_LE((*artifact)->constant(c).size(), damaged.size());
    }
  }
}

TEST_F(ArtifactTest, AnUnwritablePath) {
  TestModel model = makeTestModel();
  EXPECT_EQ(without(folder, model.write(folder / "no/m.tenon").message()),
            "no/m.tenon: can't be written: No such file or directory");
}

} // namespace
