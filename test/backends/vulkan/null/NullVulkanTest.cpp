//===- NullVulkanTest.cpp - faults of a device, and what a call costs -----===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Against the driver of NullVulkan.cpp, which runs no kernels: results are
// whatever memory holds, so that what is checked is how calls end.
//
//===----------------------------------------------------------------------===//

#include "NullModel.h"

#include "runtime/Session.h"

#include "support/File.h"
#include "support/Text.h"

#include "../../../support/TestFiles.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <dlfcn.h>

using namespace tenon;
using namespace tenon::runtime;
using namespace tenon::format;

namespace {

/// Its name is that of the loader: whoever asks for it gets this one.
[[maybe_unused]] void *const driver =
    dlopen(TENON_NULL_VULKAN_LIBRARY, RTLD_NOW | RTLD_LOCAL);

class NullVulkanTest : public testing::Test {
protected:
  NullVulkanTest() {
    setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
    EXPECT_TRUE(writeModel(folder / "m.tenon", 12).isOk());
  }

  /// The driver as these settings say, for what is opened from now on.
  void use(const std::string &settings) {
    setenv("TENON_NULL_VULKAN", settings.c_str(), 1);
    instance = *Instance::create({.threads = 1});
  }

  Result<std::shared_ptr<const Model>> open(const std::string &device = "") {
    return Model::open(instance, folder / "m.tenon", {"", false, device});
  }

  /// Why a model can't be opened: one line.
  std::string failure(const std::string &settings,
                      const std::string &device = "") {
    use(settings);
    std::string text = without(folder, open(device).status().message());
    EXPECT_EQ(text.find('\n'), text.npos);
    return text;
  }

  /// The target whose code a model that is opened takes, or why there is none.
  std::string variant(const std::string &settings) {
    use(settings);
    auto model = open();
    if (!model)
      return model.status().message();
    const runtime::Plan &plan = (*model)->plan();
    return std::string(
        plan.text(plan.variants()[(*model)->program().variant()].name));
  }

  static std::unique_ptr<Session>
  newSession(const std::shared_ptr<const Model> &model) {
    auto made = Session::create(model);
    EXPECT_TRUE(made) << made.status().message();
    return std::move(*made);
  }

  static std::string run(Session &session, int64_t batch, int64_t length,
                         const char *entry = "forward",
                         runtime::State *state = nullptr) {
    std::vector<float> x(static_cast<size_t>(batch * length * 64), 1.0F);
    int64_t shape[] = {batch, length, 64};
    InputTensor input{"x", DType::F32, shape, x.data()};
    auto outputs = session.run(*session.findEntry(entry), {&input, 1}, {}, {},
                               {state, {}});
    return outputs.status().message();
  }

  TestFolder folder;
  std::shared_ptr<Instance> instance;
};

/// Both ways of holding memory.
constexpr const char *memories[] = {"unified=0", "unified=1"};

TEST_F(NullVulkanTest, Runs) {
  for (const char *memory : memories) {
    use(memory);
    auto model = open();
    ASSERT_TRUE(model) << model.status().message();
    EXPECT_EQ((*model)->deviceName(), "vulkan");
    auto session = newSession(*model);
    for (int64_t length : {1, 7, 300, 7, 1})
      EXPECT_EQ(run(*session, 2, length), "");
  }
}

TEST_F(NullVulkanTest, UnitsAreChosen) {
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
TEST_F(NullVulkanTest, ListsGrow) {
  ASSERT_TRUE(writeModel(folder / "m.tenon", 3, {"vulkan"},
                         {{"matrix", "cooperativeMatrix=16x16x16"},
                          {"desktop", features}})
                  .isOk());
  for (const char *grows : {"0", "1", "2", "3"}) {
    EXPECT_EQ(variant(concat("vulkan=3,matrix=16,devices=2,grows=", grows)),
              "matrix");
    use(concat("devices=2,grows=", grows));
    EXPECT_EQ((*instance->findUnit("vulkan")->first->units()).size(), 2U);
  }
}

/// Devices that stand on another interface are found, and opened as they want.
TEST_F(NullVulkanTest, PortableDevicesAreFound) {
  use("portable=1");
  auto session = newSession(*open());
  EXPECT_EQ(run(*session, 1, 3), "");
}

/// Those that don't draw are preferred.
TEST_F(NullVulkanTest, QueuesAreChosen) {
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
TEST_F(NullVulkanTest, ClocksHaveAnyBits) {
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
TEST_F(NullVulkanTest, SoftwareComesLast) {
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
TEST_F(NullVulkanTest, MatricesAreChosen) {
  std::string needs = "VK_API_VERSION_1_3,vulkanMemoryModel,"
                      "cooperativeMatrix=16x16x16,requiredSubgroupSize=32";
  ASSERT_TRUE(writeModel(folder / "m.tenon", 3, {"vulkan"},
                         {{"matrix", needs}, {"desktop", features}})
                  .isOk());
  EXPECT_EQ(variant("vulkan=3,matrix=16,requires=32"), "matrix");
  // Subgroups have 64 threads unless a kernel requires fewer.
  EXPECT_EQ(variant("vulkan=3,matrix=16,subgroup=64,smallest=32,requires=32"),
            "matrix");
  EXPECT_EQ(variant("vulkan=3,matrix=16,subgroup=64"), "desktop");
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
TEST_F(NullVulkanTest, IntegersAreMissing) {
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
TEST_F(NullVulkanTest, PropertiesAreMissing) {
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
TEST_F(NullVulkanTest, TheLoaderIsOlder) {
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

TEST_F(NullVulkanTest, NoDevice) {
  EXPECT_EQ(failure("devices=0"),
            "vulkan: this machine has no device with a driver for Vulkan 1.1");
  EXPECT_EQ(failure("open=1"), "vulkan: can't open Null 0: VkResult -3");
  EXPECT_EQ(failure("devices=0", "vulkan"),
            "device: there is no 'vulkan' here (this machine has no device "
            "with a driver for Vulkan 1.1): devices are cpu");
}

TEST_F(NullVulkanTest, LimitsOfKernels) {
  std::string cannot = "m.tenon: Null 0 can't run its code for desktop (lacks ";
  EXPECT_EQ(failure("invocations=64"),
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

TEST_F(NullVulkanTest, LimitsOfTexels) {
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
TEST_F(NullVulkanTest, LimitsOfBuffers) {
  std::string needs = features + std::string(",maxStorageBufferRange>=1024");
  ASSERT_TRUE(writeModel(folder / "m.tenon", 3, {"vulkan"},
                         {{"pieces", needs}, {"desktop", features}})
                  .isOk());
  EXPECT_EQ(variant(""), "pieces");
  EXPECT_EQ(variant("buffers=5"), "desktop");
  EXPECT_EQ(variant("setbuffers=5"), "desktop");
}

/// The constant has 4000 bytes.
TEST_F(NullVulkanTest, ConstantsInPieces) {
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

TEST_F(NullVulkanTest, LimitsOfShapes) {
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
TEST_F(NullVulkanTest, LimitsOfIndices) {
  use("memory=100000000");
  auto session = newSession(*open());
  EXPECT_EQ(run(*session, 1, 2048, "wide"),
            "work: needs a larger tensor for this shape than Null 0 can bind");
  EXPECT_EQ(run(*session, 1, 2047, "wide"),
            "vulkan: can't get 5.37 GB to work in: not enough memory");
  EXPECT_EQ(run(*session, 1, 4, "forward"), "");
}

TEST_F(NullVulkanTest, NoMemoryOfAKind) {
  for (const char *memory : memories)
    EXPECT_EQ(failure(std::string("noshared=1,") + memory),
              "vulkan: Null 0 has no memory of a kind that is needed");
}

/// What comes first can't be used without a feature.
TEST_F(NullVulkanTest, OddKindsOfMemoryAreLeft) {
  for (std::string memory : memories) {
    use("odd=1," + memory);
    auto session = newSession(*open());
    EXPECT_EQ(run(*session, 2, 7), "");
  }
}

/// Whichever allocation fails, it can be tried again.
TEST_F(NullVulkanTest, AnyAllocationFails) {
  for (const char *memory : memories) {
    int failures = 0;
    for (int n = 1;; ++n) {
      use(std::string(memory) + ",allocation=" + std::to_string(n));
      unsigned failed = 0;
      auto check = [&](const std::string &message) {
        if (message.empty())
          return false;
        EXPECT_TRUE(message.starts_with("vulkan: can't get ") &&
                    message.ends_with("to work in: not enough memory"))
            << message;
        ++failed;
        return true;
      };
      auto model = open();
      if (check(model.status().message()))
        model = open();
      ASSERT_TRUE(model);
      auto session = newSession(*model);
      auto state = session->createState(2);
      for (int64_t length : {2, 300, 20}) {
        if (check(run(*session, 2, length)))
          EXPECT_EQ(run(*session, 2, length), "");
        if (check(run(*session, 2, length, "push", state.get()))) {
          EXPECT_EQ(run(*session, 2, length), "");
          EXPECT_EQ(run(*session, 2, length, "push", state.get()), "");
        }
      }
      EXPECT_EQ(state->length(1), 322);
      if (!failed)
        break;
      EXPECT_EQ(failed, 1u);
      ++failures;
    }
    EXPECT_GT(failures, 5);
  }
}

TEST_F(NullVulkanTest, SmallerShapesStillWork) {
  for (const char *memory : memories) {
    use(std::string(memory) + ",memory=40000000");
    auto session = newSession(*open());
    for (int round = 0; round < 3; ++round) {
      EXPECT_EQ(run(*session, 1, 100), "");
      std::string message = run(*session, 1000, 1000);
      EXPECT_TRUE(message.starts_with("vulkan: can't get ") &&
                  message.ends_with("to work in: not enough memory"))
          << message;
    }
  }
}

/// Every call says so from then on, and what is opened anew has a new device.
TEST_F(NullVulkanTest, TheDeviceIsLost) {
  const std::string lost =
      "vulkan: can't run on the device: the device stopped answering";
  for (const char *memory : memories)
    for (const char *where : {"submit", "wait"})
      for (int n = 1; n < 8; ++n) {
        use(concat(memory, ",", where, "=", n));
        auto model = open();
        if (!model) {
          EXPECT_EQ(model.status().message(), lost);
          continue;
        }
        auto session = newSession(*model);
        auto state = session->createState(1);
        std::string message;
        for (int i = 0; i < 10 && message.empty(); ++i)
          message = run(*session, 1, i + 1, i % 2 ? "push" : "forward",
                        i % 2 ? state.get() : nullptr);
        EXPECT_EQ(message, lost);
        EXPECT_EQ(run(*session, 1, 1), lost);
        EXPECT_EQ(run(*session, 1, 500), lost);
        EXPECT_EQ(run(*session, 1, 1, "push", state.get()), lost);
        auto second = newSession(*model);
        EXPECT_EQ(run(*second, 1, 1), lost);
        auto again = open();
        ASSERT_TRUE(again) << again.status().message();
        second = newSession(*again);
        EXPECT_EQ(run(*second, 1, 1), "");
      }
}

/// What can't be submitted, or waited for, for lack of memory can be tried
/// again, and meanwhile no state loses what it holds.
TEST_F(NullVulkanTest, NoMemoryToSubmit) {
  for (const char *memory : memories)
    for (bool isWait : {false, true}) {
      int failures = 0;
      for (int n = 1, failed = 1; failed; ++n) {
        use(concat(memory, isWait ? ",waitfull=" : ",full=", n));
        failed = 0;
        auto check = [&](const std::string &message) {
          if (message.empty())
            return false;
          EXPECT_EQ(message,
                    "vulkan: can't run on the device: not enough memory");
          ++failed;
          return true;
        };
        auto model = open();
        if (check(model.status().message()))
          model = open();
        ASSERT_TRUE(model);
        auto session = newSession(*model);
        auto state = session->createState(2);
        if (check(state->extend(5).message())) {
          state = session->createState(2);
          EXPECT_TRUE(state->extend(5).isOk());
        }
        std::vector<char> held(size_t(5) * 64 * 4, 'a');
        for (size_t row : {0, 1})
          if (check(state->write("keys", row, held).message()))
            EXPECT_TRUE(state->write("keys", row, held).isOk());
        // It writes to a block that both have.
        auto fork = state->fork();
        for (int64_t length : {1, 1, 300})
          if (check(run(*session, 2, length, "push", fork.get())))
            EXPECT_EQ(run(*session, 2, length, "push", fork.get()), "");
        EXPECT_EQ(fork->length(1), 307);
        auto read = fork->read("keys", 1);
        if (check(read.status().message()))
          read = fork->read("keys", 1);
        ASSERT_TRUE(read);
        read->resize(held.size());
        EXPECT_EQ(*read, held) << memory << " " << n;
        EXPECT_LE(failed, isWait ? 0 : 1);
        failures += failed;
        if (isWait)
          failed = n < 25;
      }
      EXPECT_EQ(failures == 0, isWait);
    }
}

/// What a state holds goes with it as its memory grows, and to copies.
TEST_F(NullVulkanTest, StatesKeepWhatTheyHold) {
  for (const char *memory : memories) {
    use(memory);
    auto session = newSession(*open());
    auto state = session->createState(2);
    std::vector<char> held;
    auto write = [&](int64_t positions, char value) {
      ASSERT_TRUE(state->extend(positions).isOk());
      held.resize(static_cast<size_t>(state->length(0)) * 64 * 4, value);
      ASSERT_TRUE(state->write("keys", 0, held).isOk());
    };
    write(20, 'a');
    write(300, 'b');
    auto fork = state->fork();
    EXPECT_EQ(*fork->read("keys", 0), held);
    std::vector<char> before = held;
    write(5, 'c');
    EXPECT_EQ(*state->read("keys", 0), held);
    EXPECT_EQ(*fork->read("keys", 0), before);
  }
}

/// What each kernel waits for, in commands that are recorded once: copies (c),
/// kernels (d), and barriers between what kernels do (|) or all of it (=).
TEST_F(NullVulkanTest, KernelsWait) {
  auto order =
      reinterpret_cast<const char *(*)()>(dlsym(driver, "nullVulkanOrder"));
  ASSERT_TRUE(writeModel(folder / "m.tenon", 4).isOk());
  for (auto [memory, expected] : {std::pair("unified=1", "d|d|d|d="),
                                  std::pair("unified=0", "c=d|d|d|d=c=")}) {
    use(memory);
    auto session = newSession(*open());
    // Replayed, and recorded anew for another shape.
    for (int64_t length : {3, 3, 5}) {
      EXPECT_EQ(run(*session, 1, length), "");
      EXPECT_STREQ(order(), expected);
    }
  }
}

/// Where memory is one, kernels work in what the host writes, unless the host
/// would read it slowly, and has other memory that it doesn't.
TEST_F(NullVulkanTest, ResultsAreReadFromCachedMemory) {
  auto order =
      reinterpret_cast<const char *(*)()>(dlsym(driver, "nullVulkanOrder"));
  ASSERT_TRUE(writeModel(folder / "m.tenon", 1).isOk());
  for (std::string type : {"type=1", "type=4", "type=2"}) {
    use(type + ",unified=1");
    EXPECT_EQ(run(*newSession(*open()), 1, 3), "");
    EXPECT_STREQ(order(), "d=");
    use(type + ",unified=1,cached=1");
    EXPECT_EQ(run(*newSession(*open()), 1, 3), "");
    EXPECT_STREQ(order(), "c=d=c=");
    // Of what can't be used nothing is said.
    use(type + ",unified=1,odd=1");
    EXPECT_EQ(run(*newSession(*open()), 1, 3), "");
    EXPECT_STREQ(order(), "d=");
    use(type + ",unified=1,odd=1,cached=1");
    EXPECT_EQ(run(*newSession(*open()), 1, 3), "");
    EXPECT_STREQ(order(), "c=d=c=");
  }
}

/// What the driver compiled is kept, and given back only as it was.
TEST_F(NullVulkanTest, DamagedPipelinesAreLeft) {
  auto cachesRead =
      reinterpret_cast<uint64_t (*)()>(dlsym(driver, "nullVulkanCachesRead"));
  auto opened = [&](const char *settings = "") {
    uint64_t before = cachesRead();
    use(settings);
    EXPECT_TRUE(open());
    return cachesRead() - before;
  };
  EXPECT_EQ(opened(), 0U);
  std::string path = folder / "cache/tenon/vulkan/0-0-" + std::string(32, '0');
  std::string kept = *readFile(path, 1000);
  EXPECT_EQ(opened(), 1U);
  // Another device has its own file.
  EXPECT_EQ(opened("product=1"), 0U);
  EXPECT_EQ(opened("product=1"), 1U);
  for (size_t at = 0; at < kept.size(); ++at) {
    std::string damaged = kept;
    damaged[at] ^= 1;
    ASSERT_TRUE(writeFile(path, damaged).isOk());
    EXPECT_EQ(opened(), 0U) << "byte " << at;
    // It is written anew.
    EXPECT_EQ(*readFile(path, 1000), kept);
  }
  for (size_t size : {size_t(0), size_t(1), kept.size() - 1}) {
    ASSERT_TRUE(writeFile(path, kept.substr(0, size)).isOk());
    EXPECT_EQ(opened(), 0U);
  }
}

/// Blocks that rows of a fork write to are copied by one submission, then all
/// kernels run.
TEST_F(NullVulkanTest, BlocksAreCopiedTogether) {
  auto submissions =
      reinterpret_cast<uint64_t (*)()>(dlsym(driver, "nullVulkanSubmissions"));
  use("unified=0");
  auto session = newSession(*open());
  auto state = session->createState(3);
  ASSERT_TRUE(state->extend(20).isOk());
  std::vector<char> held(size_t(20) * 64 * 4);
  for (size_t row = 0; row < 3; ++row) {
    std::ranges::fill(held, static_cast<char>('a' + row));
    ASSERT_TRUE(state->write("keys", row, held).isOk());
  }
  // The first makes the memory large enough.
  EXPECT_EQ(run(*session, 3, 1, "push", state->fork().get()), "");
  auto fork = state->fork();
  uint64_t before = submissions();
  EXPECT_EQ(run(*session, 3, 1, "push", fork.get()), "");
  EXPECT_EQ(submissions() - before, 2U);
  for (size_t row = 0; row < 3; ++row) {
    auto read = fork->read("keys", row);
    ASSERT_TRUE(read && read->size() == held.size() + 64 * 4);
    EXPECT_TRUE(std::all_of(
        read->begin(), read->begin() + static_cast<ptrdiff_t>(held.size()),
        [&](char byte) { return byte == static_cast<char>('a' + row); }));
  }
}

TEST_F(NullVulkanTest, WeightsAreCopiedTogether) {
  auto submissions =
      reinterpret_cast<uint64_t (*)()>(dlsym(driver, "nullVulkanSubmissions"));
  use("");
  auto model = open();
  ASSERT_TRUE(model);
  EXPECT_EQ(submissions(), 1U);
}

/// Nothing is asserted: the figures are printed.
TEST_F(NullVulkanTest, CostOfACall) {
  ASSERT_TRUE(writeModel(folder / "m.tenon", 150).isOk());
  for (const char *memory : memories) {
    use(memory);
    auto session = newSession(*open());
    auto state = session->createState(1);
    std::vector<float> x(128 * 64);
    int64_t shape[] = {1, 128, 64}, one[] = {1, 1, 64};
    InputTensor input{"x", DType::F32, shape, x.data()};
    InputTensor token{"x", DType::F32, one, x.data()};
    uint32_t forward = *session->findEntry("forward");
    uint32_t push = *session->findEntry("push");
    auto measure = [&](auto call) {
      std::vector<double> times;
      for (int i = 0; i < 500; ++i) {
        auto begin = std::chrono::steady_clock::now();
        ASSERT_TRUE(call());
        std::chrono::duration<double, std::micro> time =
            std::chrono::steady_clock::now() - begin;
        times.push_back(time.count());
      }
      std::ranges::nth_element(times, times.begin() + 250);
      std::printf("  %.1f us", times[250]);
    };
    std::printf("150 launches, %s: again", memory);
    measure([&] { return bool(session->run(forward, {&input, 1})); });
    std::printf(", a token with a state");
    measure([&] {
      return bool(session->run(push, {&token, 1}, {}, {}, {state.get(), {}}));
    });
    std::printf("\n");
  }
}

} // namespace
