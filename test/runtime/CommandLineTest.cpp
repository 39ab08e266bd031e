//===- CommandLineTest.cpp - the tool, from outside -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "../support/TestFiles.h"
#include "ReferenceModel.h"
#include "TestModel.h"

#include "support/Json.h"
#include "support/Safetensors.h"

#include <cstring>
#include <sys/wait.h>

using namespace tenon;

namespace {

struct Ran {
  int status;
  std::string out, err;
};

class CommandLineTest : public testing::Test {
protected:
  CommandLineTest() {
    EXPECT_TRUE(createFolders(folder / "home").isOk());
    EXPECT_TRUE(createFolders(folder / "bin").isOk());
    std::filesystem::copy_file(TENON_TOOL, folder / "bin/tenon");
    Status built = buildReferenceModel(TENON_GOLDENS "/checkpoints/bert-seqcls",
                                       folder / "m.tenon");
    EXPECT_TRUE(built.isOk()) << built.message();
  }

  /// Runs `tenon ARGUMENTS` in a shell, in the test's folder.
  Ran tenon(const std::string &arguments, const std::string &input = "",
            const std::string &output = "out") {
    folder.write("stdin", input);
    folder.write("out", "");
    std::string command = "cd " + folder.path() +
                          " && HOME=" + (folder / "home") +
                          " TENON_FAKE_ARTIFACT=" + (folder / "m.tenon") +
                          " XDG_CACHE_HOME= bin/tenon " + arguments +
                          " < stdin > " + output + " 2> err";
    int status = std::system(command.c_str());
    return {WEXITSTATUS(status),
            without(folder, *readFile(folder / "out", 1 << 24)),
            without(folder, *readFile(folder / "err", 1 << 24))};
  }

  /// Of a run that must fail with one message and no output.
  std::string error(const std::string &arguments, int status = 2,
                    const std::string &input = "") {
    Ran ran = tenon(arguments, input);
    EXPECT_EQ(ran.status, status) << arguments;
    EXPECT_EQ(ran.out, "") << arguments;
    std::string prefix = "tenon: error: ";
    EXPECT_TRUE(ran.err.starts_with(prefix)) << ran.err;
    return ran.err.substr(std::min(prefix.size(), ran.err.size()));
  }

  void installFakeCompiler() {
    std::filesystem::copy_file(TENON_FAKE_COMPILER,
                               folder / "bin/libtenon-compiler.so");
  }

  TestFolder folder;
};

TEST_F(CommandLineTest, AnswersForPeopleAndAsJson) {
  EXPECT_EQ(tenon("run m.tenon Yes.").out, "bad  0.2500\n");
  EXPECT_TRUE(tenon("run m.tenon Yes. --json")
                  .out.starts_with("[{\"label\": \"bad\", \"score\": 0.24995"));
  EXPECT_EQ(tenon("run m.tenon Yes. No --top-k 1").out,
            "Yes.\n  bad  0.2500\nNo\n  great  0.2500\n");
  EXPECT_EQ(tenon("run m.tenon 'The food' --pair 'was great'").out,
            "okay  0.2895\n");
  EXPECT_EQ(tenon("run m.tenon -", "Yes.").out, "bad  0.2500\n");
  EXPECT_EQ(tenon("run m.tenon --threads 1 -- --json").status, 0);
  Json all = *parseJson(tenon("run m.tenon Yes. --top-k none --json").out, "");
  EXPECT_EQ(all.size(), 5u);
}

TEST_F(CommandLineTest, BooleansHaveTwoForms) {
  std::string words;
  for (int i = 0; i < 60; ++i)
    words += "x ";
  EXPECT_EQ(tenon("run m.tenon '" + words + "' --truncation").status, 0);
  EXPECT_EQ(tenon("run m.tenon '" + words + "' --truncation=only_first").status,
            0);
  EXPECT_EQ(error("run m.tenon '" + words + "' --no-truncation", 1),
            "text: gives 62 tokens, but the model takes at most 40\n"
            "help: cut it with --truncation --max-length 40\n");
}

TEST_F(CommandLineTest, UsageErrors) {
  EXPECT_EQ(error("rnu"), "tenon: unknown command 'rnu'\n"
                          "help: did you mean 'run'?\n");
  EXPECT_EQ(error("run m.tenon x --topk 2"),
            "run: unknown option '--topk'\nhelp: did you mean '--top-k'?\n");
  EXPECT_EQ(error("run m.tenon x --top-k two"),
            "--top-k: must be an integer or none, but is 'two'\n");
  EXPECT_EQ(error("run m.tenon x --prompt y"),
            "--prompt: isn't for text-classification\n");
  EXPECT_EQ(error("run m.tenon x --function-to-apply tanh"),
            "function_to_apply: can't be 'tanh'\n"
            "help: it may be: softmax, sigmoid, none\n");
  EXPECT_EQ(error("run m.tenon"),
            "run: needs an input\n"
            "help: give texts or images, - for stdin, --jsonl or "
            "--inputs-from\n");
  EXPECT_EQ(error("run m.tenon a b --pair c"),
            "--pair: needs exactly one text beside it\n");
  EXPECT_EQ(error("run m.tenon x --inputs-from y"),
            "run: --inputs-from and --outputs-to go together\n");
  EXPECT_EQ(error("run m.tenon x --jsonl"),
            "--jsonl: reads its inputs from stdin\n");
  EXPECT_EQ(error("run m.tenon --inputs-from a --outputs-to b --top-k 3"),
            "--top-k: is for tasks, not for raw tensors\n");
  EXPECT_EQ(error("run"), "run: FILE is required\n"
                          "help: see tenon run --help\n");
}

TEST_F(CommandLineTest, InputErrors) {
  EXPECT_EQ(error("run none.tenon x", 1),
            "none.tenon: can't be opened: No such file or directory\n");
  EXPECT_EQ(error("run m.tenon x --cpu x86-64-v9", 1),
            "m.tenon: has no code for CPU 'x86-64-v9'\n"
            "help: did you mean 'x86-64'?\n");
  EXPECT_EQ(error("run m.tenon \"$(printf '\\377')\"", 1),
            "text: byte 0: invalid UTF-8\n");
  EXPECT_EQ(error("run m.tenon x --task fill-msk", 1).substr(0, 30),
            "task: there is no 'fill-msk'\nh");
  folder.write("short.tenon",
               (*readFile(folder / "m.tenon", 1 << 24)).substr(0, 9000));
  EXPECT_EQ(error("run short.tenon x", 1),
            "short.tenon: is truncated or damaged: its section headers lie "
            "beyond its end\n");
}

TEST_F(CommandLineTest, JsonLines) {
  Ran ran = tenon("run m.tenon --jsonl --top-k 1",
                  "\"Yes.\"\n"
                  "{\"inputs\": \"Yes.\", \"parameters\": {\"top_k\": 2}}\n"
                  "{bad\n"
                  "[\"Yes.\", \"No\"]\n"
                  "{\"inputs\": \"a\", \"parameters\": {\"topk\": 2}}\n"
                  "{\"text\": \"The food\", \"text_pair\": \"was great\"}");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.err, "");
  std::vector<std::string> lines;
  std::istringstream stream(ran.out);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_TRUE(lines[0].starts_with("[{\"label\": \"bad\""));
  EXPECT_EQ(parseJson(lines[1], "")->size(), 2u);
  EXPECT_TRUE(lines[2].starts_with("{\"error\": \"request:1:2: "));
  EXPECT_TRUE(lines[2].ends_with("\"line\": 3}"));
  EXPECT_EQ(parseJson(lines[3], "")->size(), 2u);
  EXPECT_EQ(lines[4], "{\"error\": \"topk: is no parameter of "
                      "text-classification\", \"line\": 5}");
  EXPECT_TRUE(lines[5].starts_with("[{\"label\": \"okay\""));
  EXPECT_EQ(tenon("run m.tenon --jsonl", "\"Yes.\"\n").status, 0);
  EXPECT_EQ(tenon("run m.tenon --jsonl", "").out, "");
}

TEST_F(CommandLineTest, JsonLinesOfAnyBytes) {
  std::string input = "\"Yes.\"\r\n";         // A line end of others.
  input += std::string("\"\0\"\n", 4);        // NUL.
  input += "\"\xff\"\n";                      // No UTF-8.
  input += "\n";                              // Nothing.
  input += std::string(65 << 20, '[') + "\n"; // Too long.
  input += std::string(1 << 20, '[') + "\n";  // Too deep.
  input += "\"Yes.\" \"No\"\n";               // Two in a line.
  input += "\"Yes.\"";                        // No end.
  Ran ran = tenon("run m.tenon --jsonl", input);
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.err, "");
  std::vector<std::string> lines;
  std::istringstream stream(ran.out);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  ASSERT_EQ(lines.size(), 8u) << ran.out;
  EXPECT_TRUE(lines[0].starts_with("[{\"label\": \"bad\""));
  EXPECT_EQ(lines[7], lines[0]);
  EXPECT_EQ(lines[4], "{\"error\": \"stdin: a line is longer than 64 MB\", "
                      "\"line\": 5}");
  EXPECT_TRUE(lines[5].starts_with("{\"error\": \"request: nests deeper"));
  for (size_t i = 1; i < 7; ++i) {
    auto json = parseJson(lines[i], "answer");
    ASSERT_TRUE(json) << lines[i];
    EXPECT_EQ((*json)["line"], i + 1);
    EXPECT_TRUE((*json)["error"].is_string());
  }
  // A line that is too long and has no end.
  ran = tenon("run m.tenon --jsonl", std::string(65 << 20, 'x'));
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "{\"error\": \"stdin: a line is longer than 64 MB\", "
                     "\"line\": 1}\n");
}

TEST_F(CommandLineTest, TextsThatAreNoUtf8) {
  EXPECT_EQ(error("run m.tenon -", 1, "a\xff"),
            "text: byte 1: invalid UTF-8\n");
  EXPECT_EQ(error("run m.tenon a --pair \"$(printf '\\355\\240\\200')\"", 1),
            "second text: byte 0: invalid UTF-8\n");
  EXPECT_EQ(error("tokenize m.tenon \"$(printf 'a\\300\\200')\"", 1),
            "text: byte 1: invalid UTF-8\n");
  // In names, too; a message is one line.
  EXPECT_EQ(error("run \"$(printf 'm\\377\\nx')\" a", 1),
            "m\\xff\\x0ax: can't be opened: No such file or directory\n");
}

TEST_F(CommandLineTest, FullDisks) {
  for (std::string arguments :
       {"run m.tenon Yes.", "run m.tenon Yes. --json", "run m.tenon --jsonl",
        "tokenize m.tenon Yes.", "inspect m.tenon", "cache", "--help"}) {
    Ran ran = tenon(arguments, "\"Yes.\"\n", "/dev/full");
    EXPECT_EQ(ran.status, 1) << arguments;
    EXPECT_EQ(ran.err, "tenon: error: stdout: can't be written: No space left "
                       "on device\n")
        << arguments;
  }
}

TEST_F(CommandLineTest, RawTensors) {
  std::string golden =
      TENON_GOLDENS "/checkpoints/bert-seqcls/golden.safetensors";
  auto file = SafetensorsFile::open(golden);
  ASSERT_TRUE(file);
  SafetensorsWriter writer;
  for (const char *name : {"input_ids", "attention_mask", "token_type_ids"})
    if (auto *info = file->find(std::string("case1.") + name))
      writer.add(name, info->type, info->shape, file->data(*info));
  ASSERT_TRUE(writer.write(folder / "in.safetensors").isOk());
  Ran ran = tenon("run m.tenon --inputs-from in.safetensors --outputs-to "
                  "out.safetensors");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out + ran.err, "");
  auto out = SafetensorsFile::open(folder / "out.safetensors");
  ASSERT_TRUE(out);
  auto expected = file->data(*file->find("case1.logits"));
  auto actual = out->data(*out->find("logits"));
  ASSERT_EQ(expected.size(), actual.size());
  for (size_t i = 0; i < expected.size(); i += 4) {
    float a, b;
    std::memcpy(&a, expected.data() + i, 4);
    std::memcpy(&b, actual.data() + i, 4);
    EXPECT_NEAR(a, b, 1e-4);
  }

  std::vector<float> floats(3);
  SafetensorsWriter wrong;
  wrong.add("input_ids", SafetensorsType::F32, {1, 3},
            {reinterpret_cast<const uint8_t *>(floats.data()), 12});
  ASSERT_TRUE(wrong.write(folder / "wrong.safetensors").isOk());
  EXPECT_EQ(
      error("run m.tenon --inputs-from wrong.safetensors --outputs-to o", 1),
      "input_ids: is f32, but must be i64\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "o"));
  EXPECT_EQ(error("run m.tenon --inputs-from in.safetensors --outputs-to o "
                  "--entry x",
                  1)
                .substr(0, 29),
            "m.tenon: has no entry 'x'\nhel");
}

TEST_F(CommandLineTest, Tokenizes) {
  EXPECT_EQ(
      tenon("tokenize m.tenon Yes. --json").out,
      "{\"input_ids\": [2, 44, 78, 5, 3], \"token_type_ids\": [0, 0, 0, 0, "
      "0], \"attention_mask\": [1, 1, 1, 1, 1], \"offsets\": [[0, 0], [0, "
      "1], [1, 3], [3, 4], [0, 0]]}\n");
  // A directory needs no compiler.
  std::string checkpoint = TENON_GOLDENS "/checkpoints/bert-seqcls";
  EXPECT_EQ(tenon("tokenize " + checkpoint + " a --pair b --json").out,
            tenon("tokenize m.tenon a --pair b --json").out);
  EXPECT_TRUE(tenon("tokenize m.tenon a")
                  .out.starts_with("2       0..0        "
                                   "[CLS]\n"));
  EXPECT_EQ(
      error("tokenize home x", 1),
      "home: has no tokenizer (no tokenizer.json, vocab.txt or vocab.json)\n");
}

TEST_F(CommandLineTest, Inspects) {
  Ran ran = tenon("inspect m.tenon --json --check");
  ASSERT_EQ(ran.status, 0) << ran.err;
  Json json = *parseJson(ran.out, "inspect");
  EXPECT_EQ(json["family"], "bert");
  EXPECT_EQ(json["task"], "text-classification");
  EXPECT_EQ(json["entries"][0]["inputs"][0]["dims"], "[B, S]");
  EXPECT_EQ(json["weights_checked"], true);
  EXPECT_NE(tenon("inspect m.tenon").out.find("B in 1..64, S in 1..40"),
            std::string::npos);
  std::string damaged = *readFile(folder / "m.tenon", 1 << 24);
  damaged[json["bytes"]["total"].get<size_t>() - 1000] ^= 1;
  folder.write("d.tenon", damaged);
  EXPECT_EQ(tenon("inspect d.tenon").status, 0);
  EXPECT_NE(error("inspect d.tenon --check", 1).find("don't match their hash"),
            std::string::npos);
}

TEST_F(CommandLineTest, Benches) {
  Ran ran = tenon("bench m.tenon --seconds 0.01 --shape B=2,S=7 --kernels "
                  "--json");
  ASSERT_EQ(ran.status, 0) << ran.err;
  Json json = *parseJson(ran.out, "bench");
  EXPECT_EQ(json["shape"], "B=2, S=7");
  EXPECT_GE(json["calls"].get<int>(), 20);
  EXPECT_LE(json["seconds"]["min"].get<double>(),
            json["seconds"]["p99"].get<double>());
  EXPECT_GT(json["peak"]["flops"].get<double>(), 1e9);
  EXPECT_EQ(json["kernels"].size(), 4u);
  EXPECT_EQ(error("bench m.tenon --shape X=2"),
            "--shape: the model has no 'X'\nhelp: its sizes: B, S\n");
  EXPECT_EQ(error("bench m.tenon --shape S"),
            "--shape: 'S' isn't of the form NAME=NUMBER\n");
  EXPECT_EQ(error("bench m.tenon --shape S=41", 1),
            "input_ids: axis 1 (S) is 41, but must be from 1 to 40\n");
}

TEST_F(CommandLineTest, Devices) {
  EXPECT_TRUE(tenon("devices").out.starts_with("cpu: "));
  EXPECT_EQ((*parseJson(tenon("devices --json").out, ""))[0]["name"], "cpu");
}

//===----------------------------------------------------------------------===//
// The compiler library and the cache
//===----------------------------------------------------------------------===//

TEST_F(CommandLineTest, WithoutACompiler) {
  std::string missing = "libtenon-compiler.so: isn't installed; it is looked "
                        "for beside the program and in ../lib\n"
                        "help: artifacts that are compiled already run without "
                        "it\n";
  EXPECT_EQ(error("compile x -o y", 1), missing);
  EXPECT_EQ(error("explain x", 1), missing);
}

TEST_F(CommandLineTest, TheCompilerReadsItsOwnOptions) {
  installFakeCompiler();
  Ran ran = tenon("compile x -o 'y z' --unknown");
  EXPECT_EQ(ran.status, 7);
  EXPECT_EQ(ran.out, "[compile][x][-o][y z][--unknown]\n");
}

TEST_F(CommandLineTest, DirectoriesAreCompiledOnce) {
  installFakeCompiler();
  ASSERT_TRUE(createFolders(folder / "model").isOk());
  folder.write("model/config.json", "{}");
  Ran first = tenon("run model Yes.");
  EXPECT_EQ(first.out, "bad  0.2500\n");
  EXPECT_TRUE(first.err.starts_with("tenon: compiling model once; the artifact "
                                    "stays in home/.cache/tenon\n"))
      << first.err;
  Ran second = tenon("run model Yes.");
  EXPECT_EQ(second.out, first.out);
  EXPECT_EQ(second.err, "");
  // The same contents elsewhere.
  std::filesystem::copy(folder / "model", folder / "copy");
  EXPECT_EQ(tenon("run copy Yes.").err, "");
  // Other contents.
  folder.write("model/config.json", "{ }");
  EXPECT_NE(tenon("run model Yes.").err, "");

  Json listed = *parseJson(tenon("cache list --json").out, "cache");
  EXPECT_EQ(listed["models"].size(), 2u);
  EXPECT_NE(tenon("cache").out.find("from model\n"), std::string::npos);
  EXPECT_TRUE(tenon("cache clear").out.starts_with("freed "));
  listed = *parseJson(tenon("cache --json").out, "cache");
  EXPECT_EQ(listed["models"].size(), 0u);
}

TEST_F(CommandLineTest, ACheckpointThatChangesIsNotCached) {
  installFakeCompiler();
  ASSERT_TRUE(createFolders(folder / "model").isOk());
  folder.write("model/config.json", "{}");
  folder.write("model/change", "");
  std::string changed = "tenon: error: model: has changed while it was read\n";
  Ran ran = tenon("run model Yes.");
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(ran.err.ends_with(changed)) << ran.err;
  EXPECT_EQ((*parseJson(tenon("cache --json").out, "cache"))["models"].size(),
            0u);
  std::filesystem::remove(folder / "model/change");
  ran = tenon("run model Yes.");
  EXPECT_EQ(ran.status, 0) << ran.err;
}

TEST_F(CommandLineTest, LinksAreFollowedButNotInCircles) {
  installFakeCompiler();
  ASSERT_TRUE(createFolders(folder / "model").isOk());
  ASSERT_TRUE(createFolders(folder / "shared").isOk());
  folder.write("model/config.json", "{}");
  folder.write("shared/config.json", "{}");
  namespace fs = std::filesystem;
  fs::create_symlink(".", folder / "model/again");
  fs::create_symlink("self", folder / "model/self");
  fs::create_symlink("nowhere", folder / "model/nowhere");
  fs::create_symlink("../shared", folder / "model/1_Pooling");
  EXPECT_EQ(tenon("run model Yes.").out, "bad  0.2500\n");
  EXPECT_EQ(tenon("run model Yes.").err, "");
  folder.write("shared/config.json", "{ }");
  EXPECT_NE(tenon("run model Yes.").err, "");
}

TEST_F(CommandLineTest, CachesThatCannotBeWritten) {
  installFakeCompiler();
  ASSERT_TRUE(createFolders(folder / "model").isOk());
  folder.write("model/config.json", "{}");
  ASSERT_TRUE(createFolders(folder / "home/.cache/tenon").isOk());
  folder.write("home/.cache/tenon/models", "");
  EXPECT_EQ(error("run model Yes.", 1),
            "home/.cache/tenon/models: can't be made: Not a directory\n"
            "help: set XDG_CACHE_HOME to a folder that can be written, or "
            "compile it yourself: tenon compile DIR -o FILE\n");
  std::filesystem::remove(folder / "home/.cache/tenon/models");
  // What is compiled is found without the table of where it came from.
  folder.write("home/.cache/tenon/sources", "");
  EXPECT_EQ(tenon("run model Yes.").out, "bad  0.2500\n");
  Ran again = tenon("run model Yes.");
  EXPECT_EQ(again.out, "bad  0.2500\n");
  EXPECT_EQ(again.err, "");
}

TEST_F(CommandLineTest, FailedCompilesAreOneError) {
  installFakeCompiler();
  ASSERT_TRUE(createFolders(folder / "model").isOk());
  folder.write("model/fail", "config.json: 'x' is missing\nhelp: add it");
  Ran ran = tenon("run model Yes.");
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.err.find("tenon: error: config.json: 'x' is missing\n"
                         "help: add it\n"),
            std::string::npos)
      << ran.err;
}

} // namespace
