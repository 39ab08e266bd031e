//===- ImageRunner.cpp - images through a model ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/ImageRunner.h"

#include "runtime/heads/TextOptions.h"
#include "runtime/media/Decode.h"

#include "support/Base64.h"
#include "support/Text.h"

#include <condition_variable>
#include <deque>
#include <new>
#include <thread>

namespace tenon::heads {

static AxisRange axisRange(const runtime::Plan &plan, uint32_t dim) {
  const format::DimNode &node = plan.dims()[dim];
  if (node.op == format::DimOp::Constant)
    return {node.value, node.value};
  if (node.op == format::DimOp::Symbol)
    return {plan.symbols()[node.a].min, plan.symbols()[node.a].max};
  return {};
}

std::optional<ImageInput> findImageInput(const runtime::Plan &plan,
                                         uint32_t entry) {
  for (const format::Port &port : plan.inputs(plan.entries()[entry])) {
    if (plan.text(port.name) != "pixel_values" ||
        port.type != runtime::DType::F32 || port.dims.count != 4)
      continue;
    auto dims = plan.dimList(port.dims);
    AxisRange channels = axisRange(plan, dims[1]);
    return ImageInput{entry,
                      plan.text(port.name),
                      largestAxis(plan, dims[0]),
                      axisRange(plan, dims[2]),
                      axisRange(plan, dims[3]),
                      channels.least == channels.most ? channels.most : 0};
  }
  return std::nullopt;
}

static std::string sizeText(media::Size size) {
  return concat(size.height, " x ", size.width);
}

static std::string sizeText(const ImageInput &input) {
  auto side = [](AxisRange range) {
    return range.least == range.most ? concat(range.most)
           : range.most == INT64_MAX ? std::string("any")
                                     : concat(range.least, "..", range.most);
  };
  return concat(side(input.height), " x ", side(input.width));
}

Status checkImageSize(const ImageInput &input,
                      const media::Processor &processor) {
  if (input.channels && input.channels != 3)
    return Status::invalid("model", concat("takes images of ",
                                           plural(input.channels, "channel"),
                                           ", but files are read as RGB"));
  std::optional<media::Size> made = processor.fixedSize();
  if (!made || input.takes(*made))
    return Status::ok();
  return Status::invalid("preprocessor_config.json",
                         concat("makes images of ", sizeText(*made),
                                " (height x width), but the model takes ",
                                sizeText(input)));
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

static Result<ImageSource> sourceOf(const Json &input,
                                    const TaskRequest &request) {
  if (!input.is_string())
    return Status::invalid("inputs", "an image must be given by a string: the "
                                     "name of a file or of an attachment");
  const auto &name = input.get_ref<const std::string &>();
  for (const Attachment &attachment : request.attachments)
    if (attachment.name == name)
      return ImageSource{name.empty() ? "image" : printable(name),
                         attachment.bytes, nullptr};
  constexpr std::string_view data = "data:image/", mark = ";base64,";
  if (name.starts_with(data)) {
    size_t at = std::string_view(name).find(mark);
    if (at == name.npos)
      return Status::invalid("inputs", "a data: URL must have base64 in it");
    return ImageSource{"data URL",
                       std::string_view(name).substr(at + mark.size()), nullptr,
                       true};
  }
  if (name.starts_with("http://") || name.starts_with("https://"))
    return Status::invalid(printable(name), "isn't fetched: Tenon opens no "
                                            "connection")
        .help("download it, and name the file");
  if (request.readFile)
    return ImageSource{name, {}, &request.readFile};
  return Status::invalid("inputs",
                         concat("there is no attachment ", quote(name)));
}

Result<std::vector<ImageSource>> imageSources(const TaskRequest &request) {
  std::vector<ImageSource> sources;
  TENON_RETURN_IF_ERROR(
      forEachInput(request.inputs, [&](const Json &input, size_t) -> Status {
        TENON_ASSIGN_OR_RETURN(ImageSource source, sourceOf(input, request));
        sources.push_back(std::move(source));
        return Status::ok();
      }));
  return sources;
}

//===----------------------------------------------------------------------===//
// Preparing images beside the model
//===----------------------------------------------------------------------===//

/// Hands out prepared images in order. With more than one, a thread makes the
/// next ones, but only as many as can be used soon.
class ImageRunner::Preparer {
public:
  Preparer(const ImageRunner &runner, std::span<const ImageSource> images,
           size_t ahead)
      : runner_(runner), images_(images), ahead_(ahead) {
    if (images.size() < 2)
      return;
    try {
      thread_ = std::thread([this] { work(); });
    } catch (const std::system_error &) {
      // Without another thread, it goes on one after the other.
    }
  }
  Preparer(const Preparer &) = delete;
  ~Preparer() {
    if (!thread_.joinable())
      return;
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  /// The next image's planes, or its error.
  Result<Planes> next() {
    if (!thread_.joinable())
      return make(taken_++);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !ready_.empty(); });
    Result<Planes> planes = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return planes;
  }

private:
  Result<Planes> make(size_t index) {
    // No exception may leave the thread.
    try {
      return runner_.prepare(images_[index], scratch_);
    } catch (const std::bad_alloc &) {
      return Status::invalid(images_[index].name,
                             "needs more memory than there is");
    } catch (const std::exception &error) {
      return Status::internal(images_[index].name, error.what());
    }
  }

  void work() {
    for (size_t i = 0; i < images_.size(); ++i) {
      Result<Planes> planes = make(i);
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopped_ || ready_.size() < ahead_; });
      if (stopped_)
        return;
      ready_.push_back(std::move(planes));
      lock.unlock();
      changed_.notify_all();
    }
  }

  const ImageRunner &runner_;
  std::span<const ImageSource> images_;
  size_t ahead_;
  media::Scratch scratch_; ///< Of the thread, if there is one.
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Result<Planes>> ready_;
  bool stopped_ = false;
  size_t taken_ = 0; ///< Without a thread.
};

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

Result<ImageRunner> ImageRunner::create(ModelFiles &files,
                                        std::span<const OutputSpec> outputs) {
  const runtime::Plan &plan = files.model().plan();
  TENON_ASSIGN_OR_RETURN(uint32_t entry, findTaskEntry(files));
  std::optional<ImageInput> input = findImageInput(plan, entry);
  if (!input)
    return unsuitableModel(files,
                           "takes no images: it has no input 'pixel_values'");
  for (const format::Port &port : plan.inputs(plan.entries()[entry]))
    if (plan.text(port.name) != input->name &&
        port.defaultKind == format::DefaultKind::Required)
      return unsuitableModel(files, concat("takes no images alone: it needs ",
                                           quote(plan.text(port.name))));
  ImageRunner runner;
  runner.input_ = *input;
  TENON_ASSIGN_OR_RETURN(runner.outputs_,
                         HeadOutputs::find(files, entry, outputs));
  TENON_ASSIGN_OR_RETURN(runner.processor_, files.processor());
  TENON_RETURN_IF_ERROR(checkImageSize(*input, *runner.processor_));
  return runner;
}

Result<ImageRunner::Planes>
ImageRunner::prepare(const ImageSource &source, media::Scratch &scratch) const {
  std::string contents;
  std::string_view bytes = source.bytes;
  if (source.isBase64) {
    TENON_ASSIGN_OR_RETURN(contents, decodeBase64(bytes, source.name));
    bytes = contents;
  }
  if (source.read) {
    TENON_ASSIGN_OR_RETURN(contents, (*source.read)(source.name));
    bytes = contents;
  }
  TENON_ASSIGN_OR_RETURN(media::Image image,
                         media::decodeImage(bytes, source.name));
  TENON_ASSIGN_OR_RETURN(
      Planes planes,
      processor_->prepare(std::move(image), scratch, source.name));
  if (!input_.takes(planes.size))
    return Status::invalid(source.name,
                           concat("becomes ", sizeText(planes.size),
                                  " (height x width), but the model takes ",
                                  sizeText(input_)));
  return planes;
}

/// What a model says of an image of this size.
static Status refusal(const Status &status, const std::string &name,
                      media::Size size) {
  if (status.code() != StatusCode::Invalid)
    return status;
  Status named =
      Status::invalid(name, concat("as ", sizeText(size),
                                   " (height x width): ", status.message()));
  for (const std::string &note : status.notes())
    named = std::move(named).line(note);
  return named;
}

Status ImageRunner::run(runtime::Session &session,
                        std::span<const ImageSource> images, size_t maxBatch,
                        const Progress &progress, const Consume &consume,
                        const Refuse &refuse) const {
  constexpr size_t usualBatch = 8;
  size_t most = std::min(maxBatch ? maxBatch : usualBatch, input_.maxBatch);
  Preparer preparer(*this, images, 2 * most);
  std::vector<float> batch;
  std::vector<size_t> indices;
  media::Size size;
  auto runModel = [&]() -> Status {
    int64_t shape[] = {int64_t(indices.size()), 3, size.height, size.width};
    runtime::InputTensor input = {input_.name, runtime::DType::F32, shape,
                                  batch.data()};
    TENON_ASSIGN_OR_RETURN(auto outputs,
                           session.run(input_.entry, {&input, 1}));
    return outputs_.forEachRow(outputs, indices.size(), 0,
                               [&](size_t row, std::span<const RowView> rows) {
                                 consume(indices[row], rows);
                               });
  };
  bool goesOn = true;
  auto runBatch = [&] {
    Status status = indices.empty() ? Status::ok() : runModel();
    // All are of one size, and the model takes none of them.
    if (!status.isOk())
      for (size_t index : indices)
        goesOn &= refuse(index, refusal(status, images[index].name, size));
    batch.clear();
    indices.clear();
  };
  for (size_t i = 0; i < images.size() && goesOn; ++i) {
    Result<Planes> planes = preparer.next();
    if (!planes) {
      goesOn = refuse(i, planes.takeStatus());
    } else {
      // Images of another size begin a batch of their own.
      if (size != planes->size)
        runBatch();
      size = planes->size;
      batch.insert(batch.end(), planes->values.begin(), planes->values.end());
      indices.push_back(i);
    }
    if (indices.size() == most || i + 1 == images.size())
      runBatch();
    else if (planes)
      continue;
    if (progress && !progress(i + 1, images.size()))
      return runtime::cancelledStatus();
  }
  return Status::ok();
}

} // namespace tenon::heads
