//===- ProcessorTest.cpp - settings of image processors -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Processor.h"

#include "support/File.h"
#include "support/Json.h"

#include <gtest/gtest.h>

using namespace tenon;
using namespace tenon::media;

static Result<Processor> parse(const std::string &settings,
                               const std::string &modelType = "") {
  auto descriptions = readFile(TENON_MODELS "/image_processors.json", 1 << 20);
  return Processor::parse({settings, *descriptions, modelType});
}

static std::string failure(const std::string &settings) {
  auto processor = parse(settings);
  return processor ? "no error" : processor.status().render();
}

TEST(Processor, UnknownOnes) {
  EXPECT_EQ(failure(""), "preprocessor_config.json: is missing: nothing says "
                         "how images are prepared");
  EXPECT_EQ(failure("{}"),
            "preprocessor_config.json: doesn't say which image processor it is "
            "for\nhelp: add \"image_processor_type\"");
  EXPECT_EQ(
      failure(R"({"image_processor_type": "ViTImageProcesor"})"),
      "preprocessor_config.json: image processor 'ViTImageProcesor' isn't "
      "known\nhelp: did you mean 'ViTImageProcessor'?");
  EXPECT_TRUE(failure(R"({"image_processor_type": "OneFormerImageProcessor"})")
                  .starts_with("preprocessor_config.json: image processor "
                               "'OneFormerImageProcessor' isn't known"));
  EXPECT_EQ(failure("[1]"),
            "preprocessor_config.json: it must be an object, but is array");
}

TEST(Processor, OldAndNewNames) {
  for (const char *name :
       {R"({"image_processor_type": "ViTImageProcessor"})",
        R"({"image_processor_type": "ViTImageProcessorFast"})",
        R"({"feature_extractor_type": "ViTFeatureExtractor"})",
        R"({"image_processor": {"image_processor_type":
                               "ViTImageProcessor"}})"}) {
    auto processor = parse(name);
    ASSERT_TRUE(processor) << processor.status().render();
    EXPECT_EQ(processor->fixedSize(), (Size{224, 224}));
  }
  // What no file names, the model's type does.
  auto processor = parse("{}", "levit");
  ASSERT_TRUE(processor) << processor.status().render();
  auto plan = processor->plan({300, 500}, "image");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->height, 256);
  EXPECT_EQ(plan->width, 426);
}

TEST(Processor, WrongSettings) {
  auto vit = [](const std::string &settings) {
    return failure(R"({"image_processor_type": "ViTImageProcessor", )" +
                   settings + "}");
  };
  EXPECT_EQ(
      vit(R"("size": 0)"),
      "preprocessor_config.json: 'size' must have integers of 1 to 16384");
  EXPECT_EQ(
      vit(R"("size": 18446744073709551615)"),
      "preprocessor_config.json: 'size' must have integers of 1 to 16384");
  EXPECT_EQ(vit(R"("size": {"shortest_edge": 8})"),
            "preprocessor_config.json: 'size' of ViTImageProcessor must have "
            "'height' and 'width'");
  EXPECT_EQ(vit(R"("size": {"height": 8})"),
            "preprocessor_config.json: 'size' must be an integer, or an object "
            "with 'height' and 'width', or with 'shortest_edge'");
  EXPECT_EQ(
      vit(R"("resample": 6)"),
      "preprocessor_config.json: 'resample' must be one of 0 (nearest), 1 "
      "(lanczos), 2 (bilinear), 3 (bicubic), 4 (box), 5 (hamming)");
  EXPECT_EQ(vit(R"("do_resize": 1)"),
            "preprocessor_config.json: 'do_resize' must be true or false");
  EXPECT_EQ(
      vit(R"("image_mean": [0.5, 0.5])"),
      "preprocessor_config.json: 'image_mean' must be a number, or a list "
      "of three: one for each channel");
  EXPECT_EQ(vit(R"("image_std": [0.5, 0, 0.5])"),
            "preprocessor_config.json: 'image_std' can't be 0");
  EXPECT_EQ(vit(R"("image_std": 1e-300)"),
            "preprocessor_config.json: 'image_std' can't be 0");
  EXPECT_EQ(vit(R"("rescale_factor": null)"),
            "preprocessor_config.json: 'rescale_factor' must be a number");
  // Settings of steps that aren't taken are of no matter.
  EXPECT_EQ(vit(R"("do_resize": false, "size": {"shortest_edge": 8})"),
            "no error");
  EXPECT_EQ(failure(R"({"image_processor_type": "ConvNextImageProcessor",
                        "size": 224, "crop_pct": 0.0001})"),
            "preprocessor_config.json: 'size' asks for a shorter side that "
            "isn't of 1 to 16384 pixels");
}

TEST(Processor, WrongDescriptions) {
  auto resize = [](const std::string &attribute) {
    auto processor = Processor::parse(
        {R"({"image_processor_type": "X", "size": 8, "do": true})",
         R"({"X": {"defaults": {}, "steps": [{"step": "resize", "if": "do",
             "size": "size", )" +
             attribute + "}]}}",
         ""});
    return processor ? "no error" : processor.status().message();
  };
  EXPECT_EQ(resize(R"("int_is": 1)"),
            "image_processors.json: 'int_is' must be a string, but is 1");
  EXPECT_EQ(resize(R"("takes": [])"),
            "image_processors.json: 'takes' must be a string, but is an array");
  EXPECT_EQ(resize(R"("edge_scale": "1")"),
            "image_processors.json: 'edge_scale' must be a number, but is "
            "\"1\"");
  EXPECT_EQ(resize(R"("whole_from": 0)"),
            "image_processors.json: 'whole_from' must be an integer from 1 to "
            "2147483647, but is 0");
}

TEST(Processor, LargeWindowsAreRefused) {
  auto processor = parse(R"({"image_processor_type": "LevitImageProcessor",
                "do_center_crop": false, "size": 14000})");
  ASSERT_TRUE(processor) << processor.status().render();
  auto plan = processor->plan({2, 100000}, "x.png");
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.status().message(),
            "x.png: is too large an image: 800000000 x 16000");
}

TEST(Processor, LinesAreRefused) {
  auto processor = parse(R"({"image_processor_type": "LevitImageProcessor",
                "size": 14000, "resample": 0})");
  ASSERT_TRUE(processor) << processor.status().render();
  auto plan = processor->plan({2, 100000}, "x.png");
  ASSERT_TRUE(plan);
  plan = processor->plan({2, 1000000}, "x.png");
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.status().message(),
            "x.png: is too long for its width: 1000000 x 2");
}

TEST(Processor, OneRow) {
  auto processor = parse(R"({"image_processor_type": "ViTImageProcessor"})");
  auto image = Image::create(5, 1, "x.png");
  Scratch scratch;
  auto planes = processor->prepare(std::move(*image), scratch, "x.png");
  ASSERT_FALSE(planes);
  EXPECT_EQ(planes.status().message(),
            "x.png: is 1 pixel high, which the reference takes for an image of "
            "one channel");
}
