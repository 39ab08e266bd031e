//===- ShardedSafetensorsTest.cpp - weights in several files --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestFiles.h"

#include "support/ShardedSafetensors.h"

using namespace tenon;

namespace {

class ShardedSafetensorsTest : public testing::Test {
protected:
  void shard(const std::string &name, const std::vector<std::string> &tensors) {
    SafetensorsWriter writer;
    for (const std::string &tensor : tensors)
      writer.add(tensor, SafetensorsType::U8, {1},
                 {reinterpret_cast<const uint8_t *>(tensor.data()), 1});
    ASSERT_TRUE(writer.write(folder / name).isOk());
  }

  std::string failure(std::string_view index) {
    folder.write("index.json", index);
    auto result = ShardedSafetensors::openIndex(folder / "index.json");
    return without(folder, result.status().message());
  }

  TestFolder folder;
};

TEST_F(ShardedSafetensorsTest, FindsTensorsInTheirShards) {
  shard("1.safetensors", {"a", "b"});
  shard("2.safetensors", {"c"});
  std::string index = folder.write("index.json", R"({"weight_map": {
      "a": "1.safetensors", "b": "1.safetensors", "c": "2.safetensors"}})");
  auto checkpoint = ShardedSafetensors::openIndex(index);
  ASSERT_TRUE(checkpoint) << checkpoint.status().message();
  EXPECT_EQ(checkpoint->tensors().size(), 3u);
  EXPECT_EQ(checkpoint->files().size(), 2u);
  EXPECT_EQ(checkpoint->find("c")->data()[0], 'c');
  EXPECT_EQ(checkpoint->find("d"), nullptr);
}

TEST_F(ShardedSafetensorsTest, OneFile) {
  shard("model.safetensors", {"a", "b"});
  auto checkpoint = ShardedSafetensors::openFile(folder / "model.safetensors");
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->find("b")->data()[0], 'b');
}

TEST_F(ShardedSafetensorsTest, WrongIndexes) {
  shard("1.safetensors", {"a", "b"});
  shard("2.safetensors", {"c"});
  EXPECT_EQ(failure("[]"), "index.json: it must be an object, but is array");
  EXPECT_EQ(failure(R"({"weight_map": 3})"),
            "index.json: 'weight_map' must be an object, but is 3");
  EXPECT_EQ(failure(R"({"weight_map": {"a": 3}})"),
            "index.json: the shard of tensor 'a' must be a string");
  EXPECT_EQ(failure(R"({"weight_map": {"a": "../x.safetensors"}})"),
            "index.json: shard '../x.safetensors' of tensor 'a' isn't a file "
            "beside the index");
  EXPECT_EQ(
      failure(R"({"weight_map": {"a": "3.safetensors"}})"),
      "index.json: shard '3.safetensors' is missing; tensor 'a' is in it");
  std::string tooLong(300, 'x');
  EXPECT_TRUE(failure(R"({"weight_map": {"a": ")" + tooLong + "\"}}")
                  .ends_with(" is missing; tensor 'a' is in it"));
  EXPECT_EQ(failure(R"({"weight_map": {"d": "2.safetensors"}})"),
            "index.json: tensor 'd' isn't in shard '2.safetensors'");
  EXPECT_EQ(failure(R"({"weight_map": {"a": "1.safetensors"}})"),
            "1.safetensors: tensor 'b' isn't in the index");
}

TEST_F(ShardedSafetensorsTest, TensorInTwoShards) {
  shard("1.safetensors", {"a"});
  shard("2.safetensors", {"a", "c"});
  EXPECT_EQ(failure(R"({"weight_map": {
                "a": "1.safetensors", "c": "2.safetensors"}})"),
            "2.safetensors: tensor 'a' belongs to shard '1.safetensors' by the "
            "index");
}

} // namespace
