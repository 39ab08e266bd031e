//===- ModelTest.cpp - what a model runs on -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Session.h"

#include "../support/TestFiles.h"
#include "TestModel.h"

using namespace tenon;
using namespace tenon::runtime;

namespace {

class ModelTest : public testing::Test {
protected:
  /// Writes the model for these targets, the first of which is that of its code
  /// unless it is another name.
  void write(const std::string &first, std::vector<std::string> others) {
    TestModel model = makeTestModel();
    model.manifest.target = first;
    for (const std::string &name : others)
      model.addTarget(name);
    ASSERT_TRUE(model.write(folder / "m.tenon").isOk());
  }

  Result<std::shared_ptr<const Model>> open(const std::string &device = "") {
    return Model::open(instance, folder / "m.tenon", {"", false, device});
  }

  std::string failure(const std::string &device = "") {
    return without(folder, open(device).status().render());
  }

  TestFolder folder;
  std::shared_ptr<Instance> instance = *Instance::create({.threads = 1});
};

TEST_F(ModelTest, RunsOnItsDevice) {
  write("cpu", {});
  for (const char *device : {"", "cpu"}) {
    auto model = open(device);
    ASSERT_TRUE(model) << model.status().message();
    EXPECT_EQ((*model)->deviceName(), "cpu");
    EXPECT_EQ((*model)->device().name(), "cpu");
  }
}

TEST_F(ModelTest, PassesOverTargetsThatAreNotHere) {
  write("abacus", {"slide-rule", "cpu"});
  auto model = open();
  ASSERT_TRUE(model) << model.status().message();
  EXPECT_EQ((*model)->deviceName(), "cpu");
  EXPECT_EQ((*model)->artifact().target().name, "cpu");
  auto session = Session::create(*model);
  std::vector<int64_t> ids = {1, 2, 3};
  int64_t shape[] = {1, 3};
  InputTensor input{"ids", DType::I64, shape, ids.data()};
  auto outputs = (*session)->run(0, {&input, 1});
  ASSERT_TRUE(outputs) << outputs.status().message();
  EXPECT_EQ((*outputs)[1].floats()[2], 4 * 3 + 1.5F);
}

TEST_F(ModelTest, NoneOfItsTargetsIsHere) {
  write("abacus", {"slide-rule"});
  EXPECT_EQ(failure(), "m.tenon: is for device 'abacus', which isn't here");
  EXPECT_EQ(failure("cpu"), "m.tenon: has no code for device 'cpu', but for "
                            "abacus, slide-rule");
}

TEST_F(ModelTest, DevicesThatAreNotHere) {
  write("cpu", {});
  for (const char *name : {"gpu", "cpu:1", "cpu:", ":", "cpu:0x1", " cpu"}) {
    std::string text = failure(name);
    EXPECT_TRUE(text.starts_with("device: there is no '" + std::string(name) +
                                 "' here: devices are cpu"))
        << text;
    EXPECT_EQ(text.find('\n'), text.npos);
  }
}

/// Why the first target can't be loaded matters only if none can.
TEST_F(ModelTest, TheFirstFailureIsTold) {
  TestModel model = makeTestModel();
  model.addTarget("abacus");
  ASSERT_TRUE(model.write(folder / "m.tenon").isOk());
  auto opened = Model::open(instance, folder / "m.tenon", {"none"});
  EXPECT_TRUE(opened.status().message().ends_with("has no code for CPU 'none'"))
      << opened.status().message();
}

} // namespace
