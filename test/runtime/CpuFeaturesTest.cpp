//===- CpuFeaturesTest.cpp - processors, quotas and variants --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/CpuFeatures.h"

#include "../support/TestFiles.h"
#include "TestModel.h"

#include "backends/cpu/device/Variants.h"

#include "runtime/Pool.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace tenon::runtime;

TEST(CpuFeatures, AgreesWithTheSystem) {
  auto info = readFile("/proc/cpuinfo", 16 * 1024 * 1024);
  if (!info || info->find("flags\t") == info->npos)
    GTEST_SKIP() << "/proc/cpuinfo has no flags";
  size_t begin = info->find(':', info->find("flags\t")) + 1;
  std::string flags =
      info->substr(begin, info->find('\n', begin) - begin) + " ";
  for (const char *name : {"sse2", "avx", "avx2", "fma", "bmi2", "avx512f",
                           "avx512bw", "avx512_vnni", "avx512_bf16", "amx_tile",
                           "f16c", "movbe", "abm", "popcnt"})
    EXPECT_EQ(hasFeature(name),
              flags.find(" " + std::string(name) + " ") != flags.npos)
        << name;
}

TEST(CpuFeatures, UnknownOnesAreMissing) {
  EXPECT_EQ(missingFeatures("sse2, flying,sse,,"),
            std::vector<std::string>{"flying"});
}

TEST(CpuFeatures, PresentOnesAreNotMissing) {
  std::vector<std::string> present = presentFeatures();
  for (const std::string &name : present)
    EXPECT_TRUE(missingFeatures(name).empty()) << name;
#if defined(__x86_64__)
  EXPECT_NE(std::find(present.begin(), present.end(), "sse2"), present.end());
#endif
}

TEST(CgroupQuota, Version2TakesTheSmallest) {
  TestFolder root;
  ASSERT_TRUE(createFolders(root / "a/b").isOk());
  root.write("a/cpu.max", "150000 100000\n");
  root.write("a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(runtime::cgroupCpuQuota("0::/a/b\n", root.path()), 1.5);
  root.write("a/b/cpu.max", "50000 100000\n");
  EXPECT_EQ(runtime::cgroupCpuQuota("0::/a/b\n", root.path()), 0.5);
  EXPECT_EQ(runtime::cgroupCpuQuota("0::/\n", root.path()), 0);
}

TEST(CgroupQuota, Version1) {
  TestFolder root;
  ASSERT_TRUE(createFolders(root / "cpu,cpuacct/x").isOk());
  root.write("cpu,cpuacct/x/cpu.cfs_quota_us", "250000\n");
  root.write("cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
  std::string groups = "5:memory:/y\n4:cpu,cpuacct:/x/gone\n0::/\n";
  EXPECT_EQ(runtime::cgroupCpuQuota(groups, root.path()), 2.5);
  root.write("cpu,cpuacct/x/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(runtime::cgroupCpuQuota(groups, root.path()), 0);
}

TEST(CgroupQuota, NonsenseIsNoQuota) {
  TestFolder root;
  root.write("cpu.max", "lots");
  EXPECT_EQ(runtime::cgroupCpuQuota("\n::\n0:\nx", root.path()), 0);
  EXPECT_EQ(runtime::cgroupCpuQuota("0::/", root.path()), 0);
}

namespace {
class VariantsTest : public testing::Test {
protected:
  Result<uint32_t>
  select(const std::vector<std::pair<std::string, std::string>> &variants,
         const std::string &name) {
    TestModel model(TENON_TEST_KERNELS);
    for (const auto &[variant, features] : variants)
      model.plan.addVariant(variant, features);
    EXPECT_TRUE(model.write(folder / "m.tenon").isOk());
    auto artifact = runtime::Artifact::open(folder / "m.tenon");
    EXPECT_TRUE(artifact) << artifact.status().message();
    return selectVariant(**artifact, name);
  }
  std::string failure(const Result<uint32_t> &result) {
    return without(folder, result.status().render());
  }
  TestFolder folder;
};
} // namespace

TEST_F(VariantsTest, TheFirstThatRuns) {
  EXPECT_EQ(
      *select({{"best", "sse2,flying"}, {"good", "sse2"}, {"base", ""}}, ""),
      1u);
  EXPECT_EQ(*select({{"good", "sse2"}, {"base", ""}}, "base"), 1u);
}

TEST_F(VariantsTest, ErrorsSayWhatIsMissing) {
  EXPECT_EQ(failure(select({{"a", "flying"}, {"b", "sse2,swimming"}}, "")),
            "m.tenon: this CPU can't run its code for a (lacks flying), b "
            "(lacks swimming)\n"
            "help: compile the model for this CPU, with --cpu native");
  EXPECT_EQ(failure(select({{"a", "flying"}, {"b", ""}}, "a")),
            "m.tenon: this CPU can't run its code for a (lacks flying)\n"
            "help: compile the model for this CPU, with --cpu native");
  EXPECT_EQ(failure(select({{"x86-64-v3", ""}}, "x86-64-v4")),
            "m.tenon: has no code for CPU 'x86-64-v4'\n"
            "help: did you mean 'x86-64-v3'?");
  EXPECT_EQ(failure(select({}, "")), "m.tenon: has no code for any CPU");
}
