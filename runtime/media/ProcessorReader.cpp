//===- ProcessorReader.cpp - the settings of an image processor -----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// image_processors.json is an object of processor classes:
//
//   "XImageProcessor": {
//     "model_types": [...],    models whose processor this is if no file says
//     "defaults": {...},       settings that a file may leave out
//     "null_is_default": [...] settings that may be null, too
//     "steps": [...]           what is done, in this order
//   }
//
// A step is an object; its strings name settings:
//
//   {"step": "resize", "if": S, "size": S, "filter": S}
//     "int_is": "square" or "shortest_edge": what a size of one number means
//     "takes": sizes that make sense, of the two
//     "edge_scale": the shorter side becomes size * this, rounded down
//     "crop_pct": S: the shorter side becomes size / S, rounded down, and a
//     square of `size` is cut out; from "whole_from" on, the image becomes that
//     square, uncut
//   {"step": "center_crop", "if": S, "size": S}
//   {"step": "rescale", "if": S, "factor": S}
//   {"step": "normalize", "if": S, "mean": S, "std": S}
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Processor.h"

#include "support/EditDistance.h"
#include "support/Json.h"
#include "support/Text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tenon::media {

static constexpr char settingsName[] = "preprocessor_config.json";
static constexpr char descriptionsName[] = "image_processors.json";
/// The longest side that an image may be scaled to.
static constexpr int64_t maxTarget = 16384;

static Status wrongSetting(const std::string &name, std::string what) {
  return Status::invalid(settingsName, concat("'", name, "' ", what));
}

class ProcessorReader {
public:
  explicit ProcessorReader(const ProcessorFiles &files) : files_(files) {}

  Result<Processor> read();

private:
  Status selectClass(const Json &descriptions, const Json *settings);
  Status readStep(const Json &step);
  Status readResize(const Json &step);
  Status readCrop(const Json &step);
  Status readNormalize(const Json &step);

  /// The setting that an attribute of a step names.
  std::string settingName(const Json &step, const char *attribute) const {
    auto found = step.find(attribute);
    return found != step.end() && found->is_string() ? found->get<std::string>()
                                                     : std::string();
  }
  const Json &setting(const std::string &name) const;
  Result<bool> flag(const std::string &name) const;
  Result<double> number(const std::string &name) const;
  Result<std::array<double, 3>> perChannel(const std::string &name) const;
  Result<int64_t> side(const std::string &name, const Json &value) const;
  struct SizeSetting {
    std::optional<Size> exact;
    int64_t edge = 0;
  };
  Status checkSizeForm(const std::string &name) const;
  Result<SizeSetting> size(const std::string &name, bool intIsSquare) const;

  const ProcessorFiles &files_;
  const Json *settings_ = nullptr;
  const Json *description_ = nullptr;
  std::string className_;
  ptrdiff_t place_ = 0; ///< Of the last step in the order of steps.
  Processor processor_;
  std::optional<double> factor_;
  std::optional<std::array<double, 3>> mean_, std_;
};

/// What a class is called by its present name, and without the faster variant.
static std::string plainClass(std::string name) {
  constexpr std::string_view old = "FeatureExtractor", fast = "Fast";
  if (name.ends_with(fast))
    name.resize(name.size() - fast.size());
  if (name.ends_with(old))
    name.replace(name.size() - old.size(), old.size(), "ImageProcessor");
  return name;
}

Status ProcessorReader::selectClass(const Json &descriptions,
                                    const Json *settings) {
  JsonMembers members(*settings, settingsName);
  TENON_RETURN_IF_ERROR(members.checkObject());
  TENON_ASSIGN_OR_RETURN(className_,
                         members.string("image_processor_type", ""));
  if (className_.empty()) {
    TENON_ASSIGN_OR_RETURN(className_,
                           members.string("feature_extractor_type", ""));
  }
  className_ = plainClass(className_);
  std::vector<std::string> known;
  for (const auto &[name, description] : descriptions.items()) {
    if (!description.is_object())
      return Status::invalid(descriptionsName,
                             concat(quote(name), " must be an object"));
    known.push_back(name);
    if (className_ == name)
      description_ = &description;
    auto types = description.find("model_types");
    if (className_.empty() && types != description.end() && types->is_array())
      for (const Json &type : *types)
        if (type.is_string() && type.get_ref<const std::string &>() ==
                                    std::string(files_.modelType))
          description_ = &description;
  }
  if (description_)
    return Status::ok();
  if (className_.empty())
    return Status::invalid(settingsName,
                           "doesn't say which image processor it is for")
        .help("add \"image_processor_type\"");
  return withSuggestion(
      Status::invalid(settingsName, concat("image processor ",
                                           quote(className_), " isn't known")),
      className_, known, "there are");
}

const Json &ProcessorReader::setting(const std::string &name) const {
  static const Json null;
  const Json &defaults = (*description_)["defaults"];
  auto found = settings_->find(name);
  bool isGiven = found != settings_->end();
  if (isGiven && found->is_null()) {
    auto nullable = description_->find("null_is_default");
    if (nullable != description_->end() && nullable->is_array())
      for (const Json &each : *nullable)
        if (each == name)
          isGiven = false;
  }
  if (isGiven)
    return *found;
  auto byDefault = defaults.find(name);
  return byDefault != defaults.end() ? *byDefault : null;
}

Result<bool> ProcessorReader::flag(const std::string &name) const {
  const Json &value = setting(name);
  if (value.is_null())
    return false;
  if (!value.is_boolean())
    return wrongSetting(name, "must be true or false");
  return value.get<bool>();
}

Result<double> ProcessorReader::number(const std::string &name) const {
  const Json &value = setting(name);
  if (!value.is_number() || !std::isfinite(value.get<double>()))
    return wrongSetting(name, "must be a number");
  return value.get<double>();
}

Result<std::array<double, 3>>
ProcessorReader::perChannel(const std::string &name) const {
  const Json &value = setting(name);
  std::array<double, 3> numbers{};
  if (value.is_number()) {
    numbers.fill(value.get<double>());
    return numbers;
  }
  bool isList = value.is_array() && value.size() == 3;
  for (size_t c = 0; isList && c < 3; ++c) {
    isList = value[c].is_number();
    numbers[c] = isList ? value[c].get<double>() : 0;
  }
  if (!isList)
    return wrongSetting(name, "must be a number, or a list of three: one for "
                              "each channel");
  return numbers;
}

Result<int64_t> ProcessorReader::side(const std::string &name,
                                      const Json &value) const {
  bool isInteger = value.is_number_integer();
  // What doesn't fit a signed number is too large in any case.
  bool isHuge = value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX;
  if (!isInteger || isHuge || value.get<int64_t>() < 1 ||
      value.get<int64_t>() > maxTarget)
    return wrongSetting(name, concat("must have integers of 1 to ", maxTarget));
  return value.get<int64_t>();
}

Status ProcessorReader::checkSizeForm(const std::string &name) const {
  const Json &value = setting(name);
  bool isForm =
      value.is_number_integer() || (value.is_array() && value.size() >= 2);
  constexpr std::pair<const char *, const char *> forms[] = {
      {"height", "width"},
      {"shortest_edge", nullptr},
      {"shortest_edge", "longest_edge"},
      {"longest_edge", nullptr},
      {"max_height", "max_width"}};
  for (auto [first, second] : forms)
    isForm |= value.is_object() && value.size() == (second ? 2 : 1) &&
              value.contains(first) && (!second || value.contains(second));
  if (isForm)
    return Status::ok();
  return wrongSetting(name, "must be an integer, or an object with 'height' "
                            "and 'width', or with 'shortest_edge'");
}

Result<ProcessorReader::SizeSetting>
ProcessorReader::size(const std::string &name, bool intIsSquare) const {
  TENON_RETURN_IF_ERROR(checkSizeForm(name));
  const Json &value = setting(name);
  SizeSetting size;
  if (value.is_number()) {
    TENON_ASSIGN_OR_RETURN(int64_t edge, side(name, value));
    if (intIsSquare)
      size.exact = Size{edge, edge};
    else
      size.edge = edge;
    return size;
  }
  if (value.is_object() && value.contains("shortest_edge")) {
    TENON_ASSIGN_OR_RETURN(size.edge, side(name, value["shortest_edge"]));
    return size;
  }
  bool isList = value.is_array();
  if (!isList && !value.contains("height"))
    return wrongSetting(name, concat("of ", className_,
                                     " must have 'height' and 'width', or "
                                     "'shortest_edge'"));
  TENON_ASSIGN_OR_RETURN(int64_t height,
                         side(name, isList ? value[0] : value["height"]));
  TENON_ASSIGN_OR_RETURN(int64_t width,
                         side(name, isList ? value[1] : value["width"]));
  size.exact = Size{height, width};
  return size;
}

Status ProcessorReader::readResize(const Json &step) {
  ResizeStep resize;
  JsonMembers members(step, descriptionsName);
  TENON_ASSIGN_OR_RETURN(std::string intIs, members.string("int_is", ""));
  TENON_ASSIGN_OR_RETURN(std::string takes, members.string("takes", ""));
  TENON_ASSIGN_OR_RETURN(double edgeScale, members.number("edge_scale", 1.0));
  TENON_ASSIGN_OR_RETURN(
      int64_t wholeFrom,
      members.integer("whole_from", 1, INT32_MAX, INT32_MAX));
  std::string sizeName = settingName(step, "size");
  TENON_ASSIGN_OR_RETURN(SizeSetting given, size(sizeName, intIs == "square"));
  if (given.exact && takes.find("exact") == takes.npos)
    return wrongSetting(
        sizeName, concat("of ", className_, " must have 'shortest_edge'"));
  if (!given.exact && takes.find("shortest_edge") == takes.npos)
    return wrongSetting(
        sizeName, concat("of ", className_, " must have 'height' and 'width'"));
  std::string filterName = settingName(step, "filter");
  const Json &filter = setting(filterName);
  if (!filter.is_number_integer() || filter < 0 || filter >= filterCount)
    return wrongSetting(filterName,
                        "must be one of 0 (nearest), 1 (lanczos), 2 "
                        "(bilinear), 3 (bicubic), 4 (box), 5 (hamming)");
  resize.filter = static_cast<Filter>(filter.get<int>());
  resize.exact = given.exact;
  resize.edge = given.edge;
  double edge = double(given.edge) * edgeScale;
  std::string percentName = settingName(step, "crop_pct");
  if (!percentName.empty()) {
    TENON_ASSIGN_OR_RETURN(double percent, number(percentName));
    Size square = {given.edge, given.edge};
    if (given.edge >= wholeFrom) {
      resize.exact = square;
    } else {
      if (!(percent > 0))
        return wrongSetting(percentName, "must be more than 0");
      edge = double(given.edge) / percent;
      processor_.crop_ = square;
    }
  }
  if (!resize.exact) {
    if (!(edge >= 1 && edge <= double(maxTarget)))
      return wrongSetting(sizeName, concat("asks for a shorter side that isn't "
                                           "of 1 to ",
                                           maxTarget, " pixels"));
    resize.edge = static_cast<int64_t>(edge);
  }
  processor_.resize_ = resize;
  return Status::ok();
}

Status ProcessorReader::readCrop(const Json &step) {
  std::string name = settingName(step, "size");
  TENON_ASSIGN_OR_RETURN(SizeSetting given, size(name, true));
  if (!given.exact)
    return wrongSetting(name, "must have 'height' and 'width'");
  processor_.crop_ = given.exact;
  return Status::ok();
}

Status ProcessorReader::readNormalize(const Json &step) {
  TENON_ASSIGN_OR_RETURN(mean_, perChannel(settingName(step, "mean")));
  std::string std = settingName(step, "std");
  TENON_ASSIGN_OR_RETURN(std_, perChannel(std));
  // They divide as floats do: nothing but infinities would come of it.
  for (double divisor : *std_)
    if (static_cast<float>(divisor) == 0)
      return wrongSetting(std, "can't be 0");
  return Status::ok();
}

Status ProcessorReader::readStep(const Json &step) {
  if (!step.is_object())
    return Status::invalid(descriptionsName, "a step must be an object");
  // The form of a size is checked even where it isn't used.
  if (std::string name = settingName(step, "size"); !name.empty())
    TENON_RETURN_IF_ERROR(checkSizeForm(name));
  TENON_ASSIGN_OR_RETURN(bool isDone, flag(settingName(step, "if")));
  if (!isDone)
    return Status::ok();
  std::string kind = settingName(step, "step");
  // Bytes are scaled and cut, then made numbers: nothing else is foreseen.
  constexpr std::string_view order[] = {"resize", "center_crop", "rescale",
                                        "normalize"};
  auto place = std::find(std::begin(order), std::end(order), kind);
  if (place - std::begin(order) < place_)
    return Status::invalid(descriptionsName,
                           concat("step ", quote(kind), " comes too late"));
  place_ = place - std::begin(order);
  if (kind == "resize")
    return readResize(step);
  if (kind == "center_crop")
    return readCrop(step);
  if (kind == "rescale") {
    TENON_ASSIGN_OR_RETURN(factor_, number(settingName(step, "factor")));
    return Status::ok();
  }
  if (kind == "normalize")
    return readNormalize(step);
  return Status::invalid(descriptionsName,
                         concat("there is no step ", quote(kind)));
}

Result<Processor> ProcessorReader::read() {
  if (files_.settings.empty())
    return Status::invalid(settingsName, "is missing: nothing says how images "
                                         "are prepared");
  TENON_ASSIGN_OR_RETURN(Json descriptions,
                         parseJson(files_.descriptions, descriptionsName));
  TENON_ASSIGN_OR_RETURN(Json file, parseJson(files_.settings, settingsName));
  settings_ = &file;
  // Settings of several processors, of which one is that of images.
  if (file.is_object() && file.contains("image_processor"))
    settings_ = &file["image_processor"];
  if (!descriptions.is_object())
    return Status::invalid(descriptionsName, "must be an object");
  TENON_RETURN_IF_ERROR(selectClass(descriptions, settings_));
  auto steps = description_->find("steps");
  auto defaults = description_->find("defaults");
  if (steps == description_->end() || !steps->is_array() ||
      defaults == description_->end() || !defaults->is_object())
    return Status::invalid(
        descriptionsName,
        concat(quote(className_), " needs 'defaults' and 'steps'"));
  for (const Json &step : *steps)
    TENON_RETURN_IF_ERROR(readStep(step));

  // fp32, but for the factor, as numpy computes it.
  processor_.tables_.resize(size_t(3) * 256);
  for (size_t c = 0; c < 3; ++c)
    for (int byte = 0; byte < 256; ++byte) {
      auto value = static_cast<float>(factor_ ? byte * *factor_ : byte);
      if (mean_)
        value = (value - static_cast<float>((*mean_)[c])) /
                static_cast<float>((*std_)[c]);
      processor_.tables_[256 * c + size_t(byte)] = value;
    }
  return std::move(processor_);
}

Result<Processor> Processor::parse(const ProcessorFiles &files) {
  return ProcessorReader(files).read();
}

} // namespace tenon::media
