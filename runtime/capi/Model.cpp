//===- Model.cpp - instances, models and sessions in C --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/capi/Objects.h"

#include "runtime/capi/Tensors.h"

#include "support/Text.h"

#include <dlfcn.h>

using namespace tenon;
using namespace tenon::capi;

const char *tenon_version(void) { return TENON_VERSION; }

//===----------------------------------------------------------------------===//
// Status
//===----------------------------------------------------------------------===//

// What a caller gets when there is no memory for a status.
static tenon_status noMemory{TENON_INTERNAL, "runtime: out of memory", ""};

tenon_status *capi::makeStatus(const Status &status) {
  try {
    return new tenon_status{static_cast<int>(status.code()), status.message(),
                            join(status.notes(), "\n")};
  } catch (...) {
    return &noMemory;
  }
}

int tenon_status_code(const tenon_status *status) { return status->code; }

const char *tenon_status_message(const tenon_status *status) {
  return status->message.c_str();
}

const char *tenon_status_notes(const tenon_status *status) {
  return status->notes.c_str();
}

void tenon_status_free(tenon_status *status) {
  if (status != &noMemory)
    delete status;
}

//===----------------------------------------------------------------------===//
// Instance, model, session
//===----------------------------------------------------------------------===//

tenon_status *tenon_instance_create(const tenon_instance_options *options,
                                    tenon_instance **instance) {
  return guard([&]() -> Status {
    TENON_ASSIGN_OR_RETURN(tenon_instance_options known, readStruct(options));
    runtime::PoolOptions pool;
    pool.threads = known.threads;
    pool.pin = known.pin != 0;
    if (known.spin_ns)
      pool.spin = std::chrono::nanoseconds(known.spin_ns);
    TENON_ASSIGN_OR_RETURN(auto created, runtime::Instance::create(pool));
    *instance = new tenon_instance{std::move(created)};
    return Status::ok();
  });
}

/// Collects the texts that ports point to.
static void describePorts(SharedModel &shared) {
  const runtime::Plan &plan = shared.model->plan();
  for (const format::Entry &entry : plan.entries()) {
    shared.entryNames.emplace_back(plan.text(entry.name));
    std::vector<PortText> &texts = shared.ports.emplace_back();
    for (auto ports : {plan.inputs(entry), plan.outputs(entry)})
      for (const format::Port &port : ports) {
        PortText text{
            std::string(plan.text(port.name)), plan.dimsText(port.dims), {}};
        for (uint32_t dim : plan.dimList(port.dims)) {
          const format::DimNode &node = plan.dims()[dim];
          bool isConstant = node.op == format::DimOp::Constant;
          text.shape.push_back(isConstant ? node.value : -1);
        }
        texts.push_back(std::move(text));
      }
  }
}

tenon_status *tenon_model_open(tenon_instance *instance, const char *path,
                               const tenon_model_options *options,
                               tenon_model **model) {
  return guard([&]() -> Status {
    TENON_ASSIGN_OR_RETURN(tenon_model_options known, readStruct(options));
    if (!path)
      return Status::usage("path", "is NULL");
    TENON_ASSIGN_OR_RETURN(
        auto opened, runtime::Model::open(instance->instance, path,
                                          {known.cpu ? known.cpu : "",
                                           known.check_weights != 0,
                                           known.device ? known.device : ""}));
    auto shared = std::make_shared<SharedModel>(std::move(opened));
    describePorts(*shared);
    *model = new tenon_model{std::move(shared)};
    return Status::ok();
  });
}

tenon_status *tenon_model_open_linked(tenon_instance *instance,
                                      const void *symbol,
                                      const tenon_model_options *options,
                                      tenon_model **model) {
  Dl_info found;
  if (symbol && dladdr(symbol, &found) && found.dli_fname)
    return tenon_model_open(instance, found.dli_fname, options, model);
  return guard([] {
    return Status::usage("symbol", "lies in no shared object of this program");
  });
}

tenon_status *tenon_session_create(tenon_model *model,
                                   const tenon_session_options *options,
                                   tenon_session **session) {
  return guard([&]() -> Status {
    TENON_ASSIGN_OR_RETURN(tenon_session_options known, readStruct(options));
    runtime::SessionOptions wanted;
    wanted.threads = known.threads;
    if (known.max_shapes)
      wanted.maxInstances = known.max_shapes;
    wanted.keptPositions = known.kept_tokens;
    auto shared = std::make_shared<SharedSession>();
    shared->model = model->shared;
    TENON_ASSIGN_OR_RETURN(shared->session, runtime::Session::create(
                                                model->shared->model, wanted));
    *session = new tenon_session{std::move(shared)};
    return Status::ok();
  });
}

void tenon_instance_release(tenon_instance *instance) { delete instance; }
void tenon_model_release(tenon_model *model) { delete model; }
void tenon_session_release(tenon_session *session) { delete session; }

//===----------------------------------------------------------------------===//
// Descriptions
//===----------------------------------------------------------------------===//

const char *tenon_model_device(const tenon_model *model) {
  return model->shared->model->deviceName().c_str();
}

size_t tenon_model_entry_count(const tenon_model *model) {
  return model->shared->entryNames.size();
}

const char *tenon_model_entry_name(const tenon_model *model, size_t entry) {
  const std::vector<std::string> &names = model->shared->entryNames;
  return entry < names.size() ? names[entry].c_str() : nullptr;
}

static std::span<const format::Port> portsOf(const tenon_model *model,
                                             size_t entry, bool inputs) {
  const runtime::Plan &plan = model->shared->model->plan();
  if (entry >= plan.entries().size())
    return {};
  const format::Entry &found = plan.entries()[entry];
  return inputs ? plan.inputs(found) : plan.outputs(found);
}

size_t tenon_model_input_count(const tenon_model *model, size_t entry) {
  return portsOf(model, entry, true).size();
}

size_t tenon_model_output_count(const tenon_model *model, size_t entry) {
  return portsOf(model, entry, false).size();
}

static tenon_status *describe(const tenon_model *model, size_t entry,
                              size_t index, bool inputs, tenon_port *port) {
  return guard([&]() -> Status {
    std::span<const format::Port> ports = portsOf(model, entry, inputs);
    if (index >= ports.size())
      return Status::usage("port",
                           concat("there is no ", inputs ? "input " : "output ",
                                  index, " of entry ", entry));
    size_t at = inputs ? index : portsOf(model, entry, true).size() + index;
    const PortText &text = model->shared->ports[entry][at];
    tenon_port known{};
    known.name = text.name.c_str();
    known.dtype = toDlpack(ports[index].type);
    known.ndim = static_cast<int32_t>(text.shape.size());
    known.shape = text.shape.data();
    known.dims = text.dims.c_str();
    known.optional =
        inputs && ports[index].defaultKind != format::DefaultKind::Required;
    writeStruct(port, known);
    return Status::ok();
  });
}

tenon_status *tenon_model_input(const tenon_model *model, size_t entry,
                                size_t index, tenon_port *port) {
  return describe(model, entry, index, true, port);
}

tenon_status *tenon_model_output(const tenon_model *model, size_t entry,
                                 size_t index, tenon_port *port) {
  return describe(model, entry, index, false, port);
}
