// What a compiled model does over many calls, through the C interface:
// stress ARTIFACT memory|threads|sessions. The model takes input_ids, and
// attention_mask and the like have defaults.

#include <tenon/tenon.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

constexpr int64_t mostRows = 7, mostTokens = 39, words = 90;

void check(tenon_status *status) {
  if (!status)
    return;
  std::fprintf(stderr, "stress: %s\n", tenon_status_message(status));
  std::exit(1);
}

struct Shape {
  int64_t rows, tokens;
};

std::vector<Shape> randomShapes(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Shape> shapes{{mostRows, mostTokens}, {1, 1}};
  while (shapes.size() < count)
    shapes.push_back(
        {int64_t(1 + random() % mostRows), int64_t(1 + random() % mostTokens)});
  return shapes;
}

class Caller {
public:
  Caller(tenon_model *model, uint32_t threads) : model_(model) {
    tenon_session_options options = {sizeof(options), threads, 0, 0};
    check(tenon_session_create(model, &options, &session_));
  }
  ~Caller() { tenon_session_release(session_); }

  /// The bytes of the first output for ids that depend on the shape alone.
  std::string run(Shape shape) {
    int64_t dims[] = {shape.rows, shape.tokens};
    std::vector<int64_t> ids;
    for (int64_t i = 0; i < shape.rows * shape.tokens; ++i)
      ids.push_back((i * 7 + shape.tokens) % words);
    tenon_tensor input = {sizeof(input), "input_ids", ids.data(), {1, 0}, 2,
                          {0, 64, 1},    dims,        nullptr,    0};
    tenon_port port;
    port.size = sizeof(port);
    check(tenon_model_output(model_, 0, 0, &port));
    tenon_tensor output = {};
    output.size = sizeof(output);
    output.name = port.name;
    check(tenon_session_run(session_, tenon_model_entry_name(model_, 0), &input,
                            1, &output, 1));
    size_t bytes = output.dtype.bits / 8;
    for (int32_t axis = 0; axis < output.ndim; ++axis)
      bytes *= size_t(output.shape[axis]);
    return {static_cast<const char *>(output.data), bytes};
  }

private:
  tenon_model *model_;
  tenon_session *session_ = nullptr;
};

/// In bytes.
int64_t residentMemory() {
  std::ifstream file("/proc/self/statm");
  int64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

/// 10,000 random shapes in a session that has seen 1,000 others.
void checkMemory(tenon_model *model) {
  Caller caller(model, 1);
  for (Shape shape : randomShapes(1000, 1))
    caller.run(shape);
  int64_t before = residentMemory();
  for (Shape shape : randomShapes(10'000, 2))
    caller.run(shape);
  int64_t growth = residentMemory() - before;
  // Room for what malloc keeps for itself; 200 bytes a call would exceed it.
  if (growth > 2 << 20)
    std::printf("memory grew by %lld bytes\n", static_cast<long long>(growth));
  else
    std::printf("memory is steady\n");
}

void checkThreads(tenon_model *model) {
  Caller one(model, 1), two(model, 2);
  for (Shape shape : randomShapes(60, 3))
    if (one.run(shape) != two.run(shape)) {
      std::printf("%lld x %lld: two threads give other bits\n",
                  static_cast<long long>(shape.rows),
                  static_cast<long long>(shape.tokens));
      return;
    }
  std::printf("threads change no bits\n");
}

/// Sessions of one model, each in a thread of its own.
void checkSessions(tenon_model *model) {
  std::vector<Shape> shapes = randomShapes(40, 4);
  std::vector<std::string> expected;
  Caller alone(model, 1);
  for (Shape shape : shapes)
    expected.push_back(alone.run(shape));
  std::vector<int> wrong(4);
  std::vector<std::thread> users;
  for (unsigned user = 0; user < wrong.size(); ++user)
    users.emplace_back([&, user] {
      Caller caller(model, 1 + user % 2);
      for (size_t i = 0; i < 3 * shapes.size(); ++i) {
        size_t at = (i + user * 11) % shapes.size();
        wrong[user] += caller.run(shapes[at]) != expected[at];
      }
    });
  for (std::thread &user : users)
    user.join();
  for (int count : wrong)
    if (count)
      std::printf("%d calls give other bits beside other sessions\n", count);
  std::printf("sessions are done\n");
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  tenon_instance *instance = nullptr;
  tenon_instance_options options = {sizeof(options), 2, 0, 0};
  check(tenon_instance_create(&options, &instance));
  tenon_model *model = nullptr;
  check(tenon_model_open(instance, argv[1], nullptr, &model));
  std::string mode = argv[2];
  if (mode == "memory")
    checkMemory(model);
  else if (mode == "threads")
    checkThreads(model);
  else if (mode == "sessions")
    checkSessions(model);
  tenon_model_release(model);
  tenon_instance_release(instance);
  return 0;
}
