//===- Session.h - calls of a model's entries -------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_SESSION_H
#define TENON_RUNTIME_SESSION_H

#include "runtime/InputBinding.h"
#include "runtime/Model.h"

#include <atomic>
#include <list>

namespace tenon::runtime {

struct SessionOptions {
  /// Threads of the host, 0 for all of the instance's. A session of one thread
  /// runs on the caller's and waits for nobody.
  unsigned threads = 0;
  /// Plans that are kept for shapes seen before; at least 1.
  size_t maxInstances = 32;
};

/// Memory of the caller for an output, dense and aligned as its elements.
struct OutputBuffer {
  std::string_view name;
  DType type;
  std::span<const int64_t> shape;
  void *data;
};

struct OutputTensor {
  std::string_view name;
  DType type;
  std::span<const int64_t> shape;
  void *data;

  std::span<const float> floats() const {
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    return {static_cast<const float *>(data), static_cast<size_t>(count)};
  }
};

/// Working memory and state of calls, one at a time. A second call while one
/// runs fails.
class Session {
public:
  static Result<std::unique_ptr<Session>>
  create(std::shared_ptr<const Model> model,
         const SessionOptions &options = {});

  const Model &model() const { return *model_; }
  const Plan &plan() const { return model_->plan(); }

  /// Runs an entry. Outputs that `into` doesn't name are in memory of the
  /// session. All results are valid until the next call of run().
  Result<std::span<const OutputTensor>>
  run(uint32_t entry, std::span<const InputTensor> inputs,
      std::span<const OutputBuffer> into = {}, const ReplayHooks &hooks = {});

  /// The index of an entry, or an error that lists them.
  Result<uint32_t> findEntry(std::string_view name) const;

private:
  struct Cached {
    std::unique_ptr<PlanInstance> instance;
    std::unique_ptr<PreparedReplay> replay;
  };

  Session(std::shared_ptr<const Model> model, const SessionOptions &options,
          std::unique_ptr<DeviceSession> device)
      : model_(std::move(model)), options_(options),
        device_(std::move(device)) {}

  Result<std::span<const OutputTensor>>
  runAlone(uint32_t entry, std::span<const InputTensor> inputs,
           std::span<const OutputBuffer> into, const ReplayHooks &hooks);
  Result<Cached *> instanceFor(const InstanceKey &key,
                               std::span<const int64_t> symbols);
  Status checkConditions(const PlanInstance &instance) const;
  Status placeOutputs(const PlanInstance &instance,
                      std::span<const OutputBuffer> into,
                      std::vector<void *> &memory) const;

  std::shared_ptr<const Model> model_;
  SessionOptions options_;
  std::unique_ptr<DeviceSession> device_;
  std::list<Cached> cache_; ///< Used last first.
  std::vector<OutputTensor> outputs_;
  std::atomic<bool> busy_ = false;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_SESSION_H
