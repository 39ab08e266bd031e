//===- CApiTest.cpp - the C interface of the shared library ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "../support/TestFiles.h"
#include "ReferenceModel.h"
#include "TestModel.h"

#include <tenon/tenon.h>

#include <cstdio>
#include <cstring>
#include <thread>

using namespace tenon;

namespace {

/// Takes a status; its message, empty for success.
std::string take(tenon_status *status) {
  if (!status)
    return "";
  std::string text = tenon_status_message(status);
  if (*tenon_status_notes(status))
    text += std::string("\n") + tenon_status_notes(status);
  tenon_status_free(status);
  return text;
}

class CApiTest : public testing::Test {
protected:
  CApiTest() {
    EXPECT_TRUE(makeTestModel().write(folder / "m.tenon").isOk());
    tenon_instance_options options = {sizeof(options), 2, 0, 0};
    EXPECT_EQ(take(tenon_instance_create(&options, &instance)), "");
    tenon_model_options modelOptions = {sizeof(modelOptions), "x86-64", 1,
                                        nullptr};
    EXPECT_EQ(take(tenon_model_open(instance, (folder / "m.tenon").c_str(),
                                    &modelOptions, &model)),
              "");
    EXPECT_EQ(take(tenon_session_create(model, nullptr, &session)), "");
  }
  ~CApiTest() {
    // In the order that needs the handles to hold each other.
    tenon_instance_release(instance);
    tenon_model_release(model);
    tenon_session_release(session);
  }

  tenon_tensor ids(int64_t *data, int64_t *shape) {
    return {sizeof(tenon_tensor), "ids", data,    {1, 0}, 2,
            {0, 64, 1},           shape, nullptr, 0};
  }

  TestFolder folder;
  tenon_instance *instance = nullptr;
  tenon_model *model = nullptr;
  tenon_session *session = nullptr;
};

TEST_F(CApiTest, Describes) {
  EXPECT_STREQ(tenon_version(), TENON_VERSION);
  ASSERT_EQ(tenon_model_entry_count(model), 1u);
  EXPECT_STREQ(tenon_model_entry_name(model, 0), "forward");
  EXPECT_EQ(tenon_model_entry_name(model, 1), nullptr);
  EXPECT_EQ(tenon_model_input_count(model, 0), 2u);
  EXPECT_EQ(tenon_model_output_count(model, 0), 2u);
  EXPECT_EQ(tenon_model_output_count(model, 1), 0u);
  tenon_port port = {};
  port.size = sizeof(port);
  ASSERT_EQ(take(tenon_model_input(model, 0, 1, &port)), "");
  EXPECT_STREQ(port.name, "keep");
  EXPECT_EQ(port.dtype.bits, 64);
  EXPECT_NE(port.optional, 0u);
  ASSERT_EQ(take(tenon_model_output(model, 0, 0, &port)), "");
  EXPECT_STREQ(port.name, "y");
  EXPECT_STREQ(port.dims, "[B, S, 4]");
  ASSERT_EQ(port.ndim, 3);
  EXPECT_EQ(port.shape[0], -1);
  EXPECT_EQ(port.shape[2], 4);
  EXPECT_EQ(port.optional, 0u);
  EXPECT_EQ(take(tenon_model_output(model, 0, 2, &port)),
            "port: there is no output 2 of entry 0");
}

TEST_F(CApiTest, Runs) {
  int64_t data[] = {1, 2, 3, 4, 5, 6}, shape[] = {2, 3};
  tenon_tensor input = ids(data, shape);
  tenon_tensor outputs[2] = {};
  for (tenon_tensor &output : outputs)
    output.size = sizeof(output);
  outputs[0].name = "total";
  outputs[1].name = "y";
  float y[24];
  int64_t yShape[] = {2, 3, 4};
  outputs[1].data = y;
  outputs[1].device = {1, 0};
  outputs[1].ndim = 3;
  outputs[1].dtype = {2, 32, 1};
  outputs[1].shape = yShape;
  ASSERT_EQ(take(tenon_session_run(session, "forward", &input, 1, outputs, 2)),
            "");
  ASSERT_EQ(outputs[0].ndim, 1);
  EXPECT_EQ(outputs[0].shape[0], 6);
  EXPECT_EQ(outputs[0].dtype.code, 2);
  EXPECT_EQ(static_cast<float *>(outputs[0].data)[1], 4 * 2 + 1.5f);
  EXPECT_EQ(y[0], 1.0f + 4.0f);
}

TEST_F(CApiTest, ByteOffsetsAndStrides) {
  int64_t data[] = {9, 9, 1, 2, 3}, shape[] = {1, 3}, strides[] = {77, 1};
  tenon_tensor input = ids(data, shape);
  input.byte_offset = 16;
  input.strides = strides; // An axis of one element may have any.
  tenon_tensor output = {};
  output.size = sizeof(output);
  output.name = "total";
  ASSERT_EQ(take(tenon_session_run(session, "forward", &input, 1, &output, 1)),
            "");
  EXPECT_EQ(static_cast<float *>(output.data)[0], 4 * 1 + 1.5f);
  strides[1] = 2;
  EXPECT_EQ(take(tenon_session_run(session, "forward", &input, 1, &output, 1)),
            "ids: must be dense and row-major");
}

TEST_F(CApiTest, Errors) {
  int64_t data[] = {1, 2, 30}, shape[] = {1, 3};
  tenon_tensor input = ids(data, shape);
  auto run = [&](const char *entry) {
    return take(tenon_session_run(session, entry, &input, 1, nullptr, 0));
  };
  EXPECT_EQ(run("forward"),
            "ids: element [0, 2] is 30, but must be from 0 to 9");
  EXPECT_TRUE(run("backward").find("has no entry 'backward'") !=
              std::string::npos);
  EXPECT_EQ(run(nullptr), "entry: is NULL");
  input.dtype.bits = 16;
  EXPECT_EQ(run("forward"), "ids: has a type that no tensor can have: code 0, "
                            "16 bits, 1 lanes");
  input.dtype.bits = 64;
  input.device.type = 2;
  EXPECT_EQ(run("forward"), "ids: lies on a device of type 2, but must be in "
                            "host memory (1)");
  input.size = 0;
  EXPECT_EQ(run("forward"), "struct: has no size: set it to sizeof the struct");
  input.size = sizeof(input);
  input.name = nullptr;
  EXPECT_EQ(run("forward"), "tensor: has no name");

  tenon_model *none = nullptr;
  tenon_status *status = tenon_model_open(instance, "/none", nullptr, &none);
  ASSERT_NE(status, nullptr);
  EXPECT_EQ(tenon_status_code(status), TENON_INVALID);
  EXPECT_EQ(take(status), "/none: can't be opened: No such file or directory");
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(take(tenon_model_open(instance, nullptr, nullptr, &none)),
            "path: is NULL");
  tenon_response *response = nullptr;
  EXPECT_TRUE(
      take(tenon_session_run_task(session, "{\"inputs\": 1}", 13, nullptr, 0,
                                  nullptr, nullptr, &response))
          .find("is for no task of its own") != std::string::npos);
  tenon_status_free(nullptr);
  tenon_response_free(nullptr);
}

TEST_F(CApiTest, DevicesAreChosen) {
  EXPECT_STREQ(tenon_model_device(model), "cpu");
  TestModel two = makeTestModel();
  two.manifest.target = "abacus";
  two.addTarget("cpu");
  std::string path = folder / "two.tenon";
  ASSERT_TRUE(two.write(path).isOk());
  tenon_model_options options = {};
  options.size = sizeof(options);
  for (const char *device : {static_cast<const char *>(nullptr), "cpu"}) {
    options.device = device;
    tenon_model *other = nullptr;
    EXPECT_EQ(take(tenon_model_open(instance, path.c_str(), &options, &other)),
              "");
    EXPECT_STREQ(tenon_model_device(other), "cpu");
    tenon_model_release(other);
  }
  options.device = "abacus";
  tenon_model *none = nullptr;
  tenon_status *status =
      tenon_model_open(instance, path.c_str(), &options, &none);
  ASSERT_NE(status, nullptr);
  EXPECT_EQ(tenon_status_code(status), TENON_USAGE);
  EXPECT_TRUE(take(status).starts_with(
      "device: there is no 'abacus' here: devices are cpu"));
  // As a program of an older header has it.
  struct {
    size_t size;
    const char *cpu;
    uint32_t checkWeights;
  } older = {sizeof(older), nullptr, 0};
  EXPECT_EQ(take(tenon_model_open(
                instance, path.c_str(),
                reinterpret_cast<tenon_model_options *>(&older), &none)),
            "");
  EXPECT_STREQ(tenon_model_device(none), "cpu");
  tenon_model_release(none);
}

/// A caller that was compiled against an older header with fewer members.
TEST_F(CApiTest, ShorterStructsHaveDefaults) {
  struct {
    size_t size;
    uint32_t threads, pin;
  } older = {sizeof(older), 1, 0};
  tenon_instance *other = nullptr;
  ASSERT_EQ(take(tenon_instance_create(
                reinterpret_cast<tenon_instance_options *>(&older), &other)),
            "");
  tenon_instance_release(other);
}

TEST_F(CApiTest, ASessionServesOneCallAtATime) {
  // Many calls at once: each works or says that the session is in use.
  std::vector<std::thread> users;
  std::atomic<int> good = 0, busy = 0, other = 0;
  for (int t = 0; t < 4; ++t)
    users.emplace_back([&] {
      std::vector<int64_t> data(8 * 64, 3);
      int64_t shape[] = {8, 64};
      tenon_tensor input = ids(data.data(), shape);
      for (int i = 0; i < 300; ++i) {
        std::string error =
            take(tenon_session_run(session, "forward", &input, 1, nullptr, 0));
        if (error.empty())
          ++good;
        else if (error == "session: is used by another thread")
          ++busy;
        else
          ++other;
      }
    });
  for (std::thread &user : users)
    user.join();
  EXPECT_GT(good, 0);
  EXPECT_EQ(other, 0);
  EXPECT_EQ(good + busy, 1200);
}

//===----------------------------------------------------------------------===//
// Tasks, and the example
//===----------------------------------------------------------------------===//

TEST_F(CApiTest, States) {
  ASSERT_TRUE(makeStateModel().write(folder / "s.tenon").isOk());
  tenon_model *other = nullptr;
  tenon_session *own = nullptr;
  ASSERT_EQ(take(tenon_model_open(instance, (folder / "s.tenon").c_str(),
                                  nullptr, &other)),
            "");
  ASSERT_EQ(take(tenon_session_create(other, nullptr, &own)), "");
  tenon_state *state = nullptr, *copy = nullptr;
  ASSERT_EQ(take(tenon_state_create(own, 2, &state)), "");
  float x[] = {1, 0, 0, 1};
  int64_t shape[] = {1, 2, 2};
  tenon_tensor input = {sizeof(tenon_tensor), "x",   x,       {1, 0}, 3,
                        {2, 32, 1},           shape, nullptr, 0};
  tenon_tensor output = {};
  output.size = sizeof(output);
  output.name = "total";
  auto push = [&](tenon_state *to, uint32_t row) {
    output.data = nullptr;
    EXPECT_EQ(take(tenon_session_run_state(own, "push", to, &row, 1, &input, 1,
                                           &output, 1)),
              "");
    return *static_cast<float *>(output.data);
  };
  EXPECT_EQ(push(state, 1), 1 + 2 * 10);
  EXPECT_EQ(tenon_state_length(state, 0), 0);
  EXPECT_EQ(tenon_state_length(state, 1), 2);
  uint32_t from[] = {1, 1, 0};
  EXPECT_EQ(take(tenon_state_reorder(state, from, 3)), "");
  ASSERT_EQ(take(tenon_state_fork(state, &copy)), "");
  EXPECT_EQ(push(state, 0), 1 + 2 * 10 + 3 + 4 * 10);
  EXPECT_EQ(push(copy, 2), 1 + 2 * 10);
  EXPECT_EQ(take(tenon_state_truncate(state, 0, 1)), "");
  EXPECT_EQ(push(state, 0), 1 + 2 + 3 * 10);
  EXPECT_EQ(tenon_state_rows(copy), 3u);
  EXPECT_EQ(tenon_state_length(copy, 0), 2);
  EXPECT_EQ(tenon_state_length(copy, 9), 0);
  EXPECT_EQ(take(tenon_state_reset(copy, 1)), "");
  EXPECT_EQ(tenon_state_rows(copy), 1u);

  uint32_t far[] = {3};
  EXPECT_EQ(take(tenon_state_reorder(state, far, 1)),
            "state: has no row 3, but 3 rows");
  EXPECT_EQ(take(tenon_session_run_state(own, "push", state, far, 1, &input, 1,
                                         nullptr, 0)),
            "state: has no row 3, but 3 rows");
  EXPECT_EQ(take(tenon_session_run_state(own, "push", nullptr, nullptr, 0,
                                         &input, 1, nullptr, 0)),
            "state: is NULL");
  tenon_session_release(own);
  tenon_model_release(other);
  tenon_state_free(state);
  tenon_state_free(copy);
}

class CApiTaskTest : public testing::Test {
protected:
  CApiTaskTest() {
    Status built = buildReferenceModel(TENON_GOLDENS "/checkpoints/bert-seqcls",
                                       folder / "m.tenon");
    EXPECT_TRUE(built.isOk()) << built.message();
  }
  TestFolder folder;
};

TEST_F(CApiTaskTest, Answers) {
  tenon_instance *instance;
  tenon_model *model;
  tenon_session *session;
  ASSERT_EQ(take(tenon_instance_create(nullptr, &instance)), "");
  ASSERT_EQ(take(tenon_model_open(instance, (folder / "m.tenon").c_str(),
                                  nullptr, &model)),
            "");
  ASSERT_EQ(take(tenon_session_create(model, nullptr, &session)), "");
  std::string request = R"({"inputs": ["Yes.", "No"]})";
  auto countEvents = [](void *user, const tenon_event *event) {
    EXPECT_EQ(event->kind, uint32_t(TENON_EVENT_PROGRESS));
    EXPECT_EQ(event->total, 2u);
    ++*static_cast<int *>(user);
    return 0;
  };
  int events = 0;
  tenon_response *response = nullptr;
  ASSERT_EQ(
      take(tenon_session_run_task(session, request.data(), request.size(),
                                  nullptr, 0, countEvents, &events, &response)),
      "");
  EXPECT_GE(events, 1);
  std::string json = tenon_response_json(response);
  EXPECT_EQ(json.size(), tenon_response_json_size(response));
  EXPECT_TRUE(json.starts_with("[{\"label\": \"bad\", \"score\": 0.24995"))
      << json;
  EXPECT_EQ(tenon_response_attachment_count(response), 0u);
  tenon_attachment attachment = {};
  attachment.size = sizeof(attachment);
  EXPECT_EQ(take(tenon_response_attachment(response, 0, &attachment)),
            "attachment: there is no 0");
  tenon_response_free(response);

  auto cancel = [](void *, const tenon_event *) { return 1; };
  EXPECT_EQ(
      take(tenon_session_run_task(session, request.data(), request.size(),
                                  nullptr, 0, cancel, nullptr, &response)),
      "task: was cancelled");
  tenon_session_release(session);
  tenon_model_release(model);
  tenon_instance_release(instance);
}

/// What a command prints on stdout, and its exit status.
std::pair<std::string, int> outputOf(const std::string &command) {
  FILE *pipe = popen(command.c_str(), "r");
  std::string output;
  char buffer[4096];
  while (size_t count = fread(buffer, 1, sizeof(buffer), pipe))
    output.append(buffer, count);
  int status = pclose(pipe);
  return {output, WEXITSTATUS(status)};
}

TEST_F(CApiTaskTest, TheExampleRuns) {
  for (const char *program : {TENON_EXAMPLE_STATIC, TENON_EXAMPLE_SHARED}) {
    auto [output, status] = outputOf(std::string(program) + " " +
                                     (folder / "m.tenon") + " Yes. 2>&1");
    EXPECT_EQ(status, 0) << output;
    EXPECT_TRUE(output.find("[{\"label\": \"bad\", \"score\": 0.24995") !=
                output.npos)
        << output;
    EXPECT_TRUE(output.find("logits: 1 5\n") != output.npos) << output;
    auto failed = outputOf(std::string(program) + " /none x 2>&1");
    EXPECT_EQ(failed.second, 1);
    EXPECT_EQ(failed.first, "classify: error: /none: can't be opened: No such "
                            "file or directory\n");
  }
}

} // namespace
