//===- NullVulkanTest.h - against a driver that computes nothing -*- C++
//-*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The driver of NullVulkan.cpp runs no kernels: results are whatever memory
// holds, so that what is checked is how calls end.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_BACKENDS_VULKAN_NULL_NULLVULKANTEST_H
#define TENON_TEST_BACKENDS_VULKAN_NULL_NULLVULKANTEST_H

#include "NullModel.h"

#include "runtime/Session.h"

#include "support/File.h"
#include "support/Text.h"

#include "../../../support/TestFiles.h"

#include <cstdlib>
#include <dlfcn.h>

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

} // namespace

#endif // TENON_TEST_BACKENDS_VULKAN_NULL_NULLVULKANTEST_H
