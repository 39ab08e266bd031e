//===- MachineTest.cpp - kernels that a device may run otherwise ----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Workgroup.h"

#include <gtest/gtest.h>
#include <spirv-tools/libspirv.hpp>
#include <spirv/unified1/GLSL.std.450.h>
#include <spirv/unified1/spirv.hpp>

#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

using namespace machine;

namespace {

constexpr uint32_t threads = 12, subgroup = 4;

/// A kernel of 12 threads with `%data`, a buffer of words, `%shared`, as many
/// words as threads, and `%i`, the number of the thread.
std::string kernel(const std::string &body) {
  return R"(
    OpCapability Shader
    OpCapability GroupNonUniformArithmetic
    OpMemoryModel Logical GLSL450
    OpEntryPoint GLCompute %main "kernel" %local
    OpExecutionMode %main LocalSize 12 1 1
    OpDecorate %local BuiltIn LocalInvocationId
    OpDecorate %words ArrayStride 4
    OpDecorate %block Block
    OpMemberDecorate %block 0 Offset 0
    OpDecorate %data DescriptorSet 0
    OpDecorate %data Binding 3
    %void = OpTypeVoid
    %function = OpTypeFunction %void
    %bool = OpTypeBool
    %uint = OpTypeInt 32 0
    %float = OpTypeFloat 32
    %uint3 = OpTypeVector %uint 3
    %inputs = OpTypePointer Input %uint3
    %input = OpTypePointer Input %uint
    %local = OpVariable %inputs Input
    %words = OpTypeRuntimeArray %uint
    %block = OpTypeStruct %words
    %buffers = OpTypePointer StorageBuffer %block
    %word = OpTypePointer StorageBuffer %uint
    %data = OpVariable %buffers StorageBuffer
    %c0 = OpConstant %uint 0
    %c1 = OpConstant %uint 1
    %c2 = OpConstant %uint 2
    %c3 = OpConstant %uint 3
    %c11 = OpConstant %uint 11
    %c12 = OpConstant %uint 12
    %semantics = OpConstant %uint 264
    %array = OpTypeArray %uint %c12
    %arrays = OpTypePointer Workgroup %array
    %element = OpTypePointer Workgroup %uint
    %shared = OpVariable %arrays Workgroup
    %main = OpFunction %void None %function
    %entry = OpLabel
    %place = OpAccessChain %input %local %c0
    %i = OpLoad %uint %place
    %own = OpAccessChain %element %shared %i
    %mine = OpAccessChain %word %data %c0 %i
)" + body +
         R"(
    OpReturn
    OpFunctionEnd
)";
}

class Machine : public testing::Test {
protected:
  void run(const std::string &body, uint32_t groups = 1) {
    std::vector<uint32_t> code;
    spvtools::SpirvTools tools(SPV_ENV_VULKAN_1_1);
    std::string messages;
    tools.SetMessageConsumer([&](spv_message_level_t, const char *,
                                 const spv_position_t &position,
                                 const char *message) {
      messages += std::to_string(position.line) + ": " + message + "\n";
    });
    ASSERT_TRUE(tools.Assemble(kernel(body), &code)) << messages;
    ASSERT_TRUE(tools.Validate(code)) << messages;
    Module module(code, subgroup);
    Dispatch dispatch = {&module, {}, {},    {groups, 1, 1}, ++time,
                         barrier, 0,  false, false};
    dispatch.bindings[3] = {reinterpret_cast<uint8_t *>(data.data()),
                            sizeof(uint32_t) * bound, &shadow, 0};
    execute(dispatch);
  }

  std::vector<uint32_t> data = std::vector<uint32_t>(threads, 7);
  size_t bound = threads; ///< Words of the buffer that kernels may use.
  Shadow shadow;
  uint32_t time = 0, barrier = 0;
};

const std::string meet = "OpControlBarrier %c2 %c2 %semantics\n";
/// Reads the next thread's word of shared memory, and writes it to the buffer.
const std::string readNext = R"(
    %j = OpIAdd %uint %i %c1
    %next = OpUMod %uint %j %c12
    %other = OpAccessChain %element %shared %next
    %read = OpLoad %uint %other
    OpStore %mine %read
)";
/// Only threads below 2 do what comes next; %all is where all go on.
const std::string onlyTwo = R"(
    %few = OpULessThan %bool %i %c2
    OpSelectionMerge %all None
    OpBranchConditional %few %some %all
    %some = OpLabel
)";
const std::string endOnly = R"(
    OpBranch %all
    %all = OpLabel
)";

TEST_F(Machine, ThreadsExchangeThroughSharedMemory) {
  run("OpStore %own %i\n" + meet + readNext);
  std::vector<uint32_t> expected(threads);
  std::iota(expected.begin(), expected.end(), 1);
  expected.back() = 0;
  EXPECT_EQ(data, expected);
}

TEST_F(Machine, AReadWithoutABarrierIsFound) {
  // One thread runs after the other, so that what it reads may be there.
  EXPECT_DEATH(
      run("OpStore %own %i\n" + meet + readNext + "OpStore %own %read\n"),
      "kernel: thread 1 of workgroup 0 writes byte 7 of shared "
      "memory, which thread 0 reads, with no barrier");
}

TEST_F(Machine, AWriteBySeveralIsFoundThoughAllAgree) {
  EXPECT_DEATH(run(R"(
    %first = OpAccessChain %element %shared %c0
    OpStore %first %c11
)"),
               "thread 1 of workgroup 0 writes byte 3 of shared memory, which "
               "thread 0 writes");
}

TEST_F(Machine, ReadsOfWhatNobodyWroteAreFound) {
  EXPECT_DEATH(run(onlyTwo + "OpStore %own %i\n" + endOnly + meet + readNext),
               "thread 1 of workgroup 0 reads shared memory that nobody has "
               "written");
}

TEST_F(Machine, BarriersThatNotAllReachAreFound) {
  EXPECT_DEATH(run("OpStore %own %i\n" + onlyTwo + meet + endOnly),
               "thread 2 of workgroup 0 isn't where thread 0 of its subgroup "
               "waits for it");
}

TEST_F(Machine, PlacesOutOfBoundsAreFound) {
  bound = 11;
  EXPECT_DEATH(run("OpStore %mine %i\n"),
               "thread 11 of workgroup 0 writes beyond the 44 bytes of binding "
               "3: at 44");
  EXPECT_DEATH(run(R"(
    %far = OpAccessChain %element %shared %c12
    %x = OpLoad %uint %far
)"),
               "thread 0 of workgroup 0 has an index out of bounds: 12");
}

TEST_F(Machine, WorkgroupsMayNotWriteTheSame) {
  EXPECT_DEATH(run("OpStore %mine %i\n", 2),
               "thread 0 of workgroup 1 writes byte 3, at 0 of binding 3, "
               "which thread 0 of workgroup 0 writes");
}

TEST_F(Machine, WorkgroupsMayChangeTheSameAtOnce) {
  data[0] = 16;
  run(R"(
    %first = OpAccessChain %word %data %c0 %c0
    %bit = OpShiftLeftLogical %uint %c1 %i
    %old = OpAtomicOr %uint %first %c1 %c0 %bit
)",
      2);
  EXPECT_EQ(data[0], 4095u);
}

TEST_F(Machine, CommandsNeedABarrierBetweenThem) {
  run("OpStore %mine %i\n");
  barrier = ++time;
  run("%x = OpLoad %uint %mine\n");
  EXPECT_DEATH(run("OpStore %mine %i\n"), "which an earlier command reads");
}

TEST_F(Machine, SubgroupsAddUpAndLoseWhatIsNoNumber) {
  data.assign(threads, std::bit_cast<uint32_t>(1.5f));
  data[5] = std::bit_cast<uint32_t>(NAN);
  run(R"(
    %bits = OpLoad %uint %mine
    %x = OpBitcast %float %bits
    %most = OpGroupNonUniformFMax %float %c3 Reduce %x
    %sum = OpGroupNonUniformIAdd %uint %c3 Reduce %i
    %more = OpConvertUToF %float %sum
    %y = OpFAdd %float %most %more
    %z = OpBitcast %uint %y
    OpStore %mine %z
)");
  EXPECT_EQ(std::bit_cast<float>(data[3]), 7.5f);
  EXPECT_EQ(std::bit_cast<float>(data[4]), 23.5f);
  EXPECT_EQ(std::bit_cast<float>(data[11]), 39.5f);
}

TEST_F(Machine, SubgroupsMustBeTogether) {
  EXPECT_DEATH(run(onlyTwo +
                   "%sum = OpGroupNonUniformIAdd %uint %c3 Reduce %i\n" +
                   endOnly),
               "thread 2 of workgroup 0 isn't where thread 0 of its subgroup "
               "waits for it");
}

uint64_t computed(uint16_t opcode, uint16_t external, float a, float b,
                  bool isLoose, float c = 0) {
  return computeOf(opcode, external)(
      {std::bit_cast<uint32_t>(a), std::bit_cast<uint32_t>(b),
       std::bit_cast<uint32_t>(c), 32, 32, isLoose});
}

TEST(Numbers, AreRoundedOnce) {
  auto asFloat = [](uint64_t bits) {
    return std::bit_cast<float>(uint32_t(bits));
  };
  EXPECT_EQ(asFloat(computed(spv::OpFDiv, 0, 1, 3, false)), 1.0f / 3.0f);
  EXPECT_EQ(asFloat(computed(spv::OpExtInst, GLSLstd450Fma, 0x1.000002p0f,
                             0x1.000002p0f, false, -0x1.000004p0f)),
            0x1p-46f);
  EXPECT_EQ(fromFloat(1 + 0x1p-11, 16), fromFloat(1, 16));
  EXPECT_EQ(fromFloat(1e6, 16), 0x7c00u);
}

TEST(Numbers, AreAsInexactAsVulkanAllows) {
  float third = std::bit_cast<float>(
      uint32_t(computed(spv::OpFDiv, 0, 1, 3, /*isLoose=*/true)));
  EXPECT_EQ(third, std::nextafter(std::nextafter(1.0f / 3.0f, 1.0f), 1.0f));
  EXPECT_EQ(computed(spv::OpFMul, 0, 0x1p-100f, 0x1p-40f, true), 0u);
  EXPECT_NE(computed(spv::OpFMul, 0, 0x1p-100f, 0x1p-40f, false), 0u);
  EXPECT_EQ(computed(spv::OpFMul, 0, 0x1p-140f, 0x1p40f, true), 0u);
  EXPECT_NE(computed(spv::OpFMul, 0, 0x1p-140f, 0x1p40f, false), 0u);
}

TEST(Numbers, BecomeIntegersThatHaveRoom) {
  EXPECT_EQ(computed(spv::OpConvertFToS, 0, -2.9f, 0, false), 0xfffffffeu);
  EXPECT_EQ(computed(spv::OpConvertFToS, 0, 1e20f, 0, false), 0x7fffffffu);
  EXPECT_EQ(computed(spv::OpConvertFToU, 0, -3.0f, 0, false), 0u);
}

} // namespace
