//===- NullDevicesTest.cpp - which device and code is taken ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "NullVulkanTest.h"

namespace {

class NullDevicesTest : public NullVulkanTest {};

TEST_F(NullDevicesTest, UnitsAreChosen) {
  use("devices=3,type=4");
  auto units = instance->findUnit("vulkan");
  ASSERT_TRUE(units);
  auto all = *units->first->units();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].description, "Null 1"); // What computes in software is last.
  EXPECT_FALSE(all[1].isSoftware);
  EXPECT_TRUE(all[2].isSoftware);
  EXPECT_EQ((*open())->deviceName(), "vulkan");
  EXPECT_EQ((*open("vulkan:2"))->deviceName(), "vulkan:2");
  EXPECT_EQ(without(folder, open("vulkan:3").status().message()),
            "device: there is no 'vulkan:3' here: devices are cpu, vulkan, "
            "vulkan:1, vulkan:2");
}

/// A list that grows between two calls is asked for again.
TEST_F(NullDevicesTest, ListsGrow) {
  ASSERT_TRUE(writeModel(folder / "m.tenon", 3, {"vulkan"},
                         {{"matrix", "cooperativeMatrix=16x16x16"},
                          {"desktop", features}})
                  .isOk());
  for (const char *grows : {"0", "1", "2", "3"}) {
    EXPECT_EQ(variant(concat("vulkan=3,matrix=16,devices=2,grows=", grows)),
              "matrix");
    use(concat("devices=2,grows=", grows));
    auto unit = instance->findUnit("vulkan");
    ASSERT_TRUE(unit) << unit.status().message();
    EXPECT_EQ((*unit->first->units()).size(), 2U);
  }
}

/// Devices that stand on another interface are found, and opened as they want.
TEST_F(NullDevicesTest, PortableDevicesAreFound) {
  use("portable=1");
  auto model = open();
  ASSERT_TRUE(model) << model.status().message();
  auto session = newSession(*model);
  EXPECT_EQ(run(*session, 1, 3), "");
}

/// Those that don't draw are preferred.
TEST_F(NullDevicesTest, QueuesAreChosen) {
  auto family =
      reinterpret_cast<uint64_t (*)()>(dlsym(driver, "nullVulkanQueueFamily"));
  for (auto [queues, expected] : {std::pair(0, 0U), {1, 1U}, {2, 3U}}) {
    use(concat("queues=", queues));
    auto session = newSession(*open());
    EXPECT_EQ(run(*session, 1, 3), "");
    EXPECT_EQ(family(), expected);
  }
}

/// Clocks may have fewer bits than their times, and begin anew.
TEST_F(NullDevicesTest, ClocksHaveAnyBits) {
  for (int bits : {0, 36, 48, 63, 64}) {
    use(concat("clock=", bits));
    auto session = newSession(*open());
    std::vector<float> x(64);
    int64_t shape[] = {1, 1, 64};
    InputTensor input{"x", DType::F32, shape, x.data()};
    std::vector<uint64_t> times(12);
    ReplayHooks hooks;
    hooks.launchTimes = times;
    ASSERT_TRUE(
        session->run(*session->findEntry("forward"), {&input, 1}, {}, hooks));
    if (bits)
      EXPECT_EQ(times, std::vector<uint64_t>(12, 25)) << bits;
  }
}

/// Software is for whoever asks for it, or has nothing else.
TEST_F(NullDevicesTest, SoftwareComesLast) {
  ASSERT_TRUE(writeModel(folder / "m.tenon", 3, {"vulkan", "abacus"}).isOk());
  use("type=4");
  EXPECT_EQ((*open())->deviceName(), "vulkan");
  // The plan has no code for a CPU, so it fails there, and only then is asked
  // for the other.
  ASSERT_TRUE(writeModel(folder / "m.tenon", 3, {"vulkan", "cpu"}).isOk());
  use("type=2");
  EXPECT_EQ((*open())->deviceName(), "vulkan");
  EXPECT_TRUE(failure("type=2", "cpu").starts_with("m.tenon: this CPU can't"));
}

/// A device that multiplies matrices of the right shape, in subgroups of the
/// right size, takes the code for it, whose pipelines say that size.
TEST_F(NullDevicesTest, MatricesAreChosen) {
  std::string needs = "VK_API_VERSION_1_3,vulkanMemoryModel,"
                      "cooperativeMatrix=16x16x16,requiredSubgroupSize=32,"
                      "maxComputeWorkgroupSubgroups>=8";
  ASSERT_TRUE(writeModel(folder / "m.tenon", 3, {"vulkan"},
                         {{"matrix", needs}, {"desktop", features}})
                  .isOk());
  EXPECT_EQ(variant("vulkan=3,matrix=16,requires=32"), "matrix");
  // Subgroups have 64 threads unless a kernel requires fewer.
  EXPECT_EQ(variant("vulkan=3,matrix=16,subgroup=64,smallest=32,requires=32"),
            "matrix");
  EXPECT_EQ(variant("vulkan=3,matrix=16,subgroup=64"), "desktop");
  EXPECT_EQ(variant("vulkan=3,matrix=16,subgroups=8,requires=32"), "matrix");
  EXPECT_EQ(variant("vulkan=3,matrix=16,subgroups=7"), "desktop");
  EXPECT_EQ(variant("vulkan=3,matrix=8"), "desktop");
  EXPECT_EQ(variant("vulkan=3"), "desktop");
  EXPECT_EQ(variant("matrix=16"), "desktop");

  ASSERT_TRUE(writeModel(folder / "m.tenon", 3, {"vulkan"}, {{"matrix", needs}})
                  .isOk());
  EXPECT_EQ(failure("vulkan=3,matrix=8,smallest=8,subgroup=16"),
            "m.tenon: Null 0 can't run its code for matrix (lacks "
            "cooperativeMatrix=16x16x16, requiredSubgroupSize=32)");
}

/// What lacks integers of other widths than 32 bits takes the code that does
/// without, as does a device of Vulkan 1.1; else it says what is missing.
TEST_F(NullDevicesTest, IntegersAreMissing) {
  const std::string needs =
      "shaderInt64,shaderInt8,storageBuffer8BitAccess,shaderInt16";
  ASSERT_TRUE(writeModel(folder / "m.tenon", 3, {"vulkan"},
                         {{"desktop", needs},
                          {"baseline", "maxComputeWorkGroupInvocations>=128"}})
                  .isOk());
  EXPECT_EQ(variant(""), "desktop");
  EXPECT_EQ(variant("integers=0"), "baseline");
  EXPECT_EQ(variant("vulkan=1"), "baseline");
  ASSERT_TRUE(
      writeModel(folder / "m.tenon", 3, {"vulkan"}, {{"desktop", needs}})
          .isOk());
  EXPECT_EQ(failure("integers=0"),
            "m.tenon: Null 0 can't run its code for desktop (lacks "
            "shaderInt64, shaderInt8, storageBuffer8BitAccess, shaderInt16)");
}

/// What can't promise that NaN and infinities are kept, or a gigabyte, takes
/// the code that needs neither.
TEST_F(NullDevicesTest, PropertiesAreMissing) {
  for (auto [need, without] :
       {std::pair("shaderSignedZeroInfNanPreserveFloat32", "nan=0"),
        std::pair("shaderSignedZeroInfNanPreserveFloat16", "nan=0"),
        std::pair("integerDotProduct4x8BitPackedSignedAccelerated",
                  "vulkan=3,dots=0"),
        std::pair("integerDotProduct4x8BitPackedSignedAccelerated", "vulkan=2"),
        std::pair("maxStorageBufferRange>=1073741824", "range=1073741823")}) {
    ASSERT_TRUE(writeModel(folder / "m.tenon", 3, {"vulkan"},
                           {{"desktop", need}, {"baseline", features}})
                    .isOk());
    EXPECT_EQ(variant("vulkan=3"), "desktop");
    EXPECT_EQ(variant(without), "baseline");
    EXPECT_EQ(variant("vulkan=1"), need[0] == 'm' ? "desktop" : "baseline");
  }
}

/// A device may be newer than the loader: what counts is the older of them.
TEST_F(NullDevicesTest, TheLoaderIsOlder) {
  ASSERT_TRUE(writeModel(folder / "m.tenon", 3, {"vulkan"},
                         {{"newest", "VK_API_VERSION_1_3"},
                          {"desktop", "shaderInt8"},
                          {"baseline", "maxComputeWorkGroupInvocations>=128"}})
                  .isOk());
  EXPECT_EQ(variant("vulkan=3"), "newest");
  EXPECT_EQ(variant("vulkan=3,loader=2"), "desktop");
  EXPECT_EQ(variant("vulkan=3,loader=1"), "baseline");
  EXPECT_EQ(variant("vulkan=2,loader=1"), "baseline");
  EXPECT_EQ(failure("loader=0"),
            "vulkan: libvulkan.so.1 is older than Vulkan 1.1");
}

TEST_F(NullDevicesTest, NoDevice) {
  EXPECT_EQ(failure("devices=0"),
            "vulkan: this machine has no device with a driver for Vulkan 1.1");
  EXPECT_EQ(failure("open=1"), "vulkan: can't open Null 0: VkResult -3");
  EXPECT_EQ(failure("devices=0", "vulkan"),
            "device: there is no 'vulkan' here (this machine has no device "
            "with a driver for Vulkan 1.1): devices are cpu");
}

TEST_F(NullDevicesTest, LimitsOfKernels) {
  std::string cannot = "m.tenon: Null 0 can't run its code for desktop (lacks ";
  EXPECT_EQ(failure("invocations=64"),
            cannot + "maxComputeWorkGroupInvocations>=256)");
  EXPECT_EQ(failure("width=255"),
            cannot + "maxComputeWorkGroupInvocations>=256)");
  EXPECT_EQ(failure("shared=16384"),
            cannot + "maxComputeSharedMemorySize>=32768)");
  EXPECT_EQ(failure("buffers=2"),
            cannot + "maxPerStageDescriptorStorageBuffers>=3)");
  EXPECT_EQ(failure("setbuffers=2"),
            cannot + "maxDescriptorSetStorageBuffers>=3)");
  EXPECT_EQ(failure("push=4"),
            "m.tenon: work has more dims than Null 0 has room for");
  EXPECT_EQ(failure("range=3999"), "w: is larger than Null 0 can bind");
  EXPECT_TRUE(failure("pipeline=2").ends_with(": not enough memory"));
  // Kernels are made by several threads; the first of the file is named.
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(failure("pipeline=1"),
              "vulkan: can't prepare kernel work: not enough memory");
}

TEST_F(NullDevicesTest, LimitsOfTexels) {
  ASSERT_TRUE(writeModel(folder / "m.tenon", 12, {"vulkan"},
                         {{"texels", features}, {"desktop", features}})
                  .isOk());
  EXPECT_EQ(variant("images=2,resources=5"), "texels");
  EXPECT_EQ(variant("images=1"), "desktop");
  EXPECT_EQ(variant("setimages=1"), "desktop");
  EXPECT_EQ(variant("resources=4"), "desktop");
  EXPECT_EQ(failure("images=1,resources=2"),
            "m.tenon: Null 0 can't run its code for texels (lacks "
            "maxPerStageDescriptorSampledImages>=2, maxPerStageResources>=5), "
            "desktop (lacks maxPerStageResources>=3)");
}

/// What binds fewer buffers is taken where a device can't bind more.
TEST_F(NullDevicesTest, LimitsOfBuffers) {
  std::string needs = features + std::string(",maxStorageBufferRange>=1024");
  ASSERT_TRUE(writeModel(folder / "m.tenon", 3, {"vulkan"},
                         {{"pieces", needs}, {"desktop", features}})
                  .isOk());
  EXPECT_EQ(variant(""), "pieces");
  EXPECT_EQ(variant("buffers=5"), "desktop");
  EXPECT_EQ(variant("setbuffers=5"), "desktop");
}

/// The constant has 4000 bytes.
TEST_F(NullDevicesTest, ConstantsInPieces) {
  auto write = [&](const std::string &range) {
    std::string needs = features + (",maxStorageBufferRange>=" + range);
    ASSERT_TRUE(
        writeModel(folder / "m.tenon", 3, {"vulkan"}, {{"pieces", needs}})
            .isOk());
  };
  write("1024");
  for (std::string memory : memories) {
    use("range=1024,buffers=6,resources=6," + memory);
    auto session = newSession(*open());
    EXPECT_EQ(run(*session, 1, 4), "");
    EXPECT_EQ(
        run(*session, 1, 5),
        "work: needs a larger tensor for this shape than Null 0 can bind");
    EXPECT_EQ(run(*session, 1, 4), "");
  }
  EXPECT_EQ(failure("range=1023"),
            "m.tenon: Null 0 can't run its code for pieces (lacks "
            "maxStorageBufferRange>=1024)");
  EXPECT_EQ(failure("buffers=5"),
            "m.tenon: Null 0 can't run its code for pieces (lacks "
            "maxPerStageDescriptorStorageBuffers>=6)");
  EXPECT_EQ(failure("resources=5"),
            "m.tenon: Null 0 can't run its code for pieces (lacks "
            "maxPerStageResources>=6)");
  // The last piece would begin behind the end.
  write("2048");
  use("");
  auto session = newSession(*open());
  EXPECT_EQ(without(folder, run(*session, 1, 4)),
            "m.tenon: is damaged: a kernel reads behind a tensor");
}

TEST_F(NullDevicesTest, LimitsOfShapes) {
  use("range=100000");
  auto session = newSession(*open());
  EXPECT_EQ(run(*session, 1, 390), "");
  EXPECT_EQ(run(*session, 1, 391),
            "work: needs a larger tensor for this shape than Null 0 can bind");
  EXPECT_EQ(run(*session, 1, 390), "");
  session.reset();
  use("groups=10");
  session = newSession(*open());
  EXPECT_EQ(run(*session, 1, 100), "");
  EXPECT_EQ(run(*session, 1, 101), "work: has too large a grid for this shape");
  EXPECT_EQ(run(*session, 1, 100), "");
}

/// Indices have 31 bits, however much can be bound: the first buffer of `wide`
/// has S << 20 bytes, the other half as many more, but in floats.
TEST_F(NullDevicesTest, LimitsOfIndices) {
  use("memory=100000000");
  auto session = newSession(*open());
  EXPECT_EQ(run(*session, 1, 2048, "wide"),
            "work: needs a larger tensor for this shape than Null 0 can bind");
  EXPECT_EQ(run(*session, 1, 2047, "wide"),
            "vulkan: can't get 5.37 GB to work in: not enough memory");
  EXPECT_EQ(run(*session, 1, 4, "forward"), "");
}

} // namespace
