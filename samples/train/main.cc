// A small training program, to be recorded and to learn from: a loader thread makes images, the
// loop below takes them through forward, backward and optimizer, and now and then evaluates and
// writes a checkpoint. What is marked for tbprof costs nothing when nobody records.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <tbprof.hpp>
#include <utility>
#include <vector>

#include "batch_loader.h"
#include "checkpoint.h"
#include "model.h"
#include "options.h"
#include "step_log.h"

namespace tbprof::samples::train {
namespace {

constexpr int kTestImages = 512;

std::unique_ptr<Model> make_model(const Options& options) {
  const std::vector<float> parameters = initial_parameters(options.seed);
  const int batch = std::max(options.batch, kTestImages);
  std::string why = "it was not asked for";
  std::unique_ptr<Model> model;
  if (options.device != "cpu") model = make_cuda_model(parameters, batch, why);
  if (model == nullptr && options.device == "cuda") {
    std::fprintf(stderr, "train: cannot use CUDA: %s; leave --device away.\n", why.c_str());
    std::exit(1);
  }
  return model != nullptr ? std::move(model) : make_cpu_model(parameters, batch);
}

float evaluate(Model& model, const Batch& test) {
  const tbprof::Range range("evaluate", tbprof::Category::forward);
  model.forward(test);
  return model.accuracy();
}

void checkpoint(Model& model, const Options& options, int number) {
  const tbprof::Range range("write checkpoint", tbprof::Category::checkpoint);
  const std::string why = write_checkpoint(options.checkpoint, number, model.parameters());
  if (why.empty()) return;
  std::fprintf(stderr, "train: no checkpoint in %s: %s.\n", options.checkpoint.c_str(),
               why.c_str());
}

float train_on_next_batch(Model& model, BatchLoader& loader) {
  Batch batch;
  {
    const tbprof::Range range("wait for batch", tbprof::Category::input);
    batch = loader.next();
  }
  {
    const tbprof::Range range("forward", tbprof::Category::forward);
    model.forward(batch);
  }
  {
    const tbprof::Range range("backward", tbprof::Category::backward);
    model.backward();
  }
  const tbprof::Range range("optimizer", tbprof::Category::optimizer);
  model.update(Adam{});
  return model.loss();
}

int train(const Options& options) {
  StepLog log(options.step_log);
  const std::unique_ptr<Model> model = make_model(options);
  std::printf("training %d steps of %d images on %s\n", options.steps, options.batch,
              model->device().c_str());
  std::fflush(stdout);
  const Batch test = ImageGenerator(options.seed + 1).make(kTestImages, 2);
  BatchLoader loader(options);
  for (int number = 1; number <= options.steps; ++number) {
    StepTimes times;
    float loss = 0;
    times.before_ns = monotonic_ns();
    {
      const tbprof::Step step(number);
      times.begun_ns = monotonic_ns();
      loss = train_on_next_batch(*model, loader);
      times.done_ns = monotonic_ns();
    }
    times.after_ns = monotonic_ns();
    log.add(number, times);
    tbprof::counter("loss", loss);
    if (options.evaluate_every > 0 && number % options.evaluate_every == 0) {
      std::printf("step %d: loss %.3f, accuracy %.1f %%, median step %.2f ms\n", number,
                  static_cast<double>(loss), static_cast<double>(evaluate(*model, test)) * 100,
                  log.median_ms());
      std::fflush(stdout);
    }
    if (options.checkpoint_every > 0 && number % options.checkpoint_every == 0) {
      checkpoint(*model, options, number);
    }
  }
  std::printf("done: accuracy %.1f %%, median step %.2f ms, slowest %.2f ms\n",
              static_cast<double>(evaluate(*model, test)) * 100, log.median_ms(), log.slowest_ms());
  return 0;
}

}  // namespace
}  // namespace tbprof::samples::train

int main(int count, char** arguments) {
  using namespace tbprof::samples::train;
  return train(read_options(count, arguments));
}
