//===- SafetensorsHeader.cpp - the JSON of a safetensors file -------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/SafetensorsHeader.h"

#include "support/Json.h"
#include "support/Text.h"

namespace tenon {

namespace {

/// Follows the parser's events through the one form that a header has:
///
///   {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
///    "__metadata__": {"key": "value"}}
///
/// A tree would lose repeated keys, which are an error here.
class Reader {
public:
  Reader(std::string_view text, const std::string &path)
      : text_(text), path_(path) {}

  SafetensorsHeader header;
  Status status;

  bool null() { return unexpected("null"); }
  bool boolean(bool) { return unexpected("a boolean"); }
  bool number_integer(int64_t) { return unexpected("a negative number"); }
  bool number_float(double, const std::string &) {
    return unexpected("a number that is no integer");
  }
  bool binary(Json::binary_t &) { return unexpected("binary data"); }

  bool number_unsigned(uint64_t value) {
    if (place_ != Place::Shape && place_ != Place::Offsets)
      return unexpected("a number");
    numbers_.push_back(value);
    return true;
  }

  bool string(std::string &value) {
    if (place_ == Place::Metadata) {
      bool isNew = header.metadata.emplace(key_, value).second;
      return isNew || fail(concat("metadata ", quote(key_), " is there twice"));
    }
    if (place_ != Place::Tensor || key_ != "dtype")
      return unexpected("a string");
    std::optional<SafetensorsType> type = parseSafetensorsType(value);
    if (!type)
      return fail(concat("unknown dtype ", quote(value)));
    header.tensors.back().info.type = *type;
    return once(hasType_);
  }

  bool start_object(size_t) {
    if (place_ == Place::Start) {
      place_ = Place::Header;
      return true;
    }
    if (place_ != Place::Header)
      return unexpected("an object");
    if (key_ == "__metadata__") {
      place_ = Place::Metadata;
      return once(hasMetadata_);
    }
    place_ = Place::Tensor;
    hasType_ = hasShape_ = hasOffsets_ = false;
    header.tensors.emplace_back();
    header.tensors.back().info.name = key_;
    return true;
  }

  bool end_object() {
    if (place_ == Place::Tensor && !(hasType_ && hasShape_ && hasOffsets_))
      return fail(concat(!hasType_    ? "'dtype'"
                         : !hasShape_ ? "'shape'"
                                      : "'data_offsets'",
                         " is missing"));
    place_ = Place::Header;
    return true;
  }

  bool start_array(size_t) {
    bool shape = key_ == "shape", offsets = key_ == "data_offsets";
    if (place_ != Place::Tensor || !(shape || offsets))
      return unexpected("an array");
    place_ = shape ? Place::Shape : Place::Offsets;
    numbers_.clear();
    return true;
  }

  bool end_array() {
    SafetensorsHeader::Tensor &tensor = header.tensors.back();
    bool isShape = place_ == Place::Shape;
    place_ = Place::Tensor;
    if (!isShape) {
      if (numbers_.size() != 2)
        return fail("'data_offsets' must have two numbers");
      tensor.begin = numbers_[0];
      tensor.end = numbers_[1];
      return once(hasOffsets_);
    }
    for (uint64_t size : numbers_) {
      if (size > static_cast<uint64_t>(INT64_MAX))
        return fail(concat("size ", size, " in the shape is too large"));
      tensor.info.shape.push_back(static_cast<int64_t>(size));
    }
    return once(hasShape_);
  }

  bool key(std::string &name) {
    key_ = std::move(name);
    bool known = place_ != Place::Tensor || key_ == "dtype" ||
                 key_ == "shape" || key_ == "data_offsets";
    return known || fail(concat("unknown key ", quote(key_), " in the header"));
  }

  bool parse_error(size_t position, const std::string &,
                   const Json::exception &error) {
    Status syntax = jsonSyntaxError(text_, "header", position, error.what());
    status = Status::invalid(path_, syntax.message());
    return false;
  }

private:
  enum class Place { Start, Header, Metadata, Tensor, Shape, Offsets };

  bool fail(std::string what) {
    bool inTensor = place_ != Place::Start && place_ != Place::Header &&
                    place_ != Place::Metadata && !header.tensors.empty();
    status = Status::invalid(
        path_, inTensor
                   ? concat("tensor ", quote(header.tensors.back().info.name),
                            ": ", what)
                   : concat("header: ", what));
    return false;
  }

  bool unexpected(std::string_view what) {
    return fail(place_ == Place::Start
                    ? concat("must be an object, but is ", what)
                    : concat(quote(key_), " can't be ", what));
  }

  bool once(bool &seen) {
    if (seen)
      return fail(concat("key ", quote(key_), " is there twice"));
    return seen = true;
  }

  std::string_view text_;
  const std::string &path_;
  Place place_ = Place::Start;
  std::string key_;
  std::vector<uint64_t> numbers_;
  bool hasType_ = false, hasShape_ = false, hasOffsets_ = false,
       hasMetadata_ = false;
};

} // namespace

Result<SafetensorsHeader> parseSafetensorsHeader(std::string_view json,
                                                 const std::string &path) {
  Reader reader(json, path);
  // The result says nothing that the reader doesn't know.
  (void)Json::sax_parse(json.begin(), json.end(), &reader);
  if (!reader.status)
    return reader.status;
  return std::move(reader.header);
}

} // namespace tenon
