//===- RawRun.cpp - tensors from a file to a file -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/RawRun.h"

#include "support/Safetensors.h"
#include "support/Text.h"

#include <algorithm>
#include <cstring>
#include <list>

namespace tenon::tool {

namespace {

/// What a file says about one of the calls.
struct Call {
  uint32_t entry = 0;
  std::string prefix; ///< Of its tensors' names.
  std::vector<runtime::InputTensor> inputs;
  /// Which rows of the state become the state's rows before the call, and which
  /// of them the call is about.
  std::optional<std::vector<uint32_t>> reorder;
  std::vector<uint32_t> rows;
};

class RawCalls {
public:
  Status read(runtime::Session &session, const std::string &entries,
              const SafetensorsFile &file, const std::string &inputsFrom);
  Status run(runtime::Session &session, SafetensorsWriter &writer);

private:
  Status addTensor(const SafetensorsFile &file, const SafetensorsInfo &info,
                   const std::string &inputsFrom);
  Result<std::vector<uint32_t>> readRows(const SafetensorsFile &file,
                                         const SafetensorsInfo &info);
  size_t rowsAtFirst() const;

  std::vector<Call> calls_;
  // The file's data start anywhere; these copies are aligned.
  std::vector<std::vector<uint64_t>> copies_;
  std::list<std::vector<uint8_t>> results_; ///< What the writer refers to.
};

} // namespace

Result<std::vector<uint32_t>> RawCalls::readRows(const SafetensorsFile &file,
                                                 const SafetensorsInfo &info) {
  if (info.type != SafetensorsType::I64 || info.shape.size() != 1)
    return Status::invalid(info.name, "must be a list of i64");
  std::vector<uint32_t> rows;
  for (int64_t i = 0; i < info.shape[0]; ++i) {
    int64_t row;
    std::memcpy(
        &row, static_cast<const uint8_t *>(file.data(info).data()) + 8 * i, 8);
    if (row < 0 || row > UINT32_MAX)
      return Status::invalid(info.name, concat("there is no row ", row));
    rows.push_back(static_cast<uint32_t>(row));
  }
  return rows;
}

Status RawCalls::addTensor(const SafetensorsFile &file,
                           const SafetensorsInfo &info,
                           const std::string &inputsFrom) {
  std::string_view name = info.name;
  auto call = std::find_if(calls_.begin(), calls_.end(), [&](const Call &c) {
    return name.substr(0, c.prefix.size()) == c.prefix;
  });
  if (call == calls_.end())
    return Status::invalid(inputsFrom,
                           concat("tensor ", quote(name),
                                  " belongs to none of the ", calls_.size(),
                                  " calls: their names begin with 0., "
                                  "1., ..."));
  name.remove_prefix(call->prefix.size());
  if (name == "state_rows") {
    TENON_ASSIGN_OR_RETURN(call->rows, readRows(file, info));
    return Status::ok();
  }
  if (name == "state_reorder") {
    TENON_ASSIGN_OR_RETURN(call->reorder, readRows(file, info));
    return Status::ok();
  }
  std::optional<runtime::DType> type = runtime::fromSafetensors(info.type);
  if (!type)
    return Status::invalid(inputsFrom,
                           concat("tensor ", quote(info.name), " is of type ",
                                  typeName(info.type), ", which no input has"));
  std::vector<uint64_t> &copy = copies_.emplace_back(info.size / 8 + 1);
  std::memcpy(copy.data(), file.data(info).data(), info.size);
  call->inputs.push_back({name, *type, info.shape, copy.data()});
  return Status::ok();
}

Status RawCalls::read(runtime::Session &session, const std::string &entries,
                      const SafetensorsFile &file,
                      const std::string &inputsFrom) {
  std::vector<std::string_view> names = split(entries, ',');
  for (size_t i = 0; i < names.size(); ++i) {
    TENON_ASSIGN_OR_RETURN(
        uint32_t entry,
        session.findEntry(names[i].empty()
                              ? session.model().artifact().manifest().entry
                              : std::string(trim(names[i]))));
    calls_.push_back(
        {entry, names.size() == 1 ? "" : concat(i, "."), {}, {}, {}});
  }
  for (const SafetensorsInfo &info : file.tensors())
    TENON_RETURN_IF_ERROR(addTensor(file, info, inputsFrom));
  return Status::ok();
}

/// As many rows as the calls before the first reordering are about.
size_t RawCalls::rowsAtFirst() const {
  size_t rows = 0;
  for (const Call &call : calls_) {
    if (call.reorder)
      break;
    for (uint32_t row : call.rows)
      rows = std::max<size_t>(rows, row + size_t(1));
    if (call.rows.empty() && !call.inputs.empty() &&
        !call.inputs[0].shape.empty())
      rows = std::max(rows, static_cast<size_t>(call.inputs[0].shape[0]));
  }
  constexpr size_t most = 1 << 16;
  return std::min(rows, most);
}

Status RawCalls::run(runtime::Session &session, SafetensorsWriter &writer) {
  auto state = session.createState(rowsAtFirst());
  for (const Call &call : calls_) {
    if (call.reorder)
      TENON_RETURN_IF_ERROR(state->reorder(*call.reorder));
    TENON_ASSIGN_OR_RETURN(
        auto outputs,
        session.run(call.entry, call.inputs, {}, {}, {state.get(), call.rows}));
    for (const runtime::OutputTensor &output : outputs) {
      uint64_t size =
          runtime::tensorBytes(output.type, output.shape).value_or(0);
      auto *data = static_cast<const uint8_t *>(output.data);
      // The session's memory is used again by the next call.
      std::vector<uint8_t> &copy = results_.emplace_back(data, data + size);
      writer.add(concat(call.prefix, output.name),
                 runtime::toSafetensors(output.type),
                 {output.shape.begin(), output.shape.end()}, copy);
    }
  }
  return Status::ok();
}

Status runRaw(runtime::Session &session, const std::string &entries,
              const std::string &inputsFrom, const std::string &outputsTo) {
  TENON_ASSIGN_OR_RETURN(SafetensorsFile file,
                         SafetensorsFile::open(inputsFrom));
  RawCalls calls;
  TENON_RETURN_IF_ERROR(calls.read(session, entries, file, inputsFrom));
  SafetensorsWriter writer;
  TENON_RETURN_IF_ERROR(calls.run(session, writer));
  return writer.write(outputsTo);
}

} // namespace tenon::tool
