// A classifier of images with two hidden layers, on the processor or on a GPU: what the training
// loop needs of it. A model owns its weights and what it keeps between forward and backward.
// One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "image_generator.h"

namespace tbprof::samples::train {

inline constexpr int kWidths[] = {kPixels, 256, 128, kClasses};
inline constexpr int kLayers = 3;

struct Adam {
  float rate = 1e-3f;
  float decay_1 = 0.9f;
  float decay_2 = 0.999f;
  float floor = 1e-8f;
};

class Model {
 public:
  virtual ~Model() = default;
  virtual std::string device() const = 0;
  virtual void forward(const Batch& batch) = 0;
  // Of the batch given to forward(), the mean; and the share of right answers.
  virtual float loss() = 0;
  virtual float accuracy() = 0;
  virtual void backward() = 0;
  virtual void update(const Adam& adam) = 0;
  // Layer after layer: weights (output by input), then biases.
  virtual std::vector<float> parameters() = 0;
};

std::vector<float> initial_parameters(unsigned seed);

std::unique_ptr<Model> make_cpu_model(const std::vector<float>& parameters, int batch);
// Null if this build has no CUDA or the machine no GPU; `why` then says which.
std::unique_ptr<Model> make_cuda_model(const std::vector<float>& parameters, int batch,
                                       std::string& why);

}  // namespace tbprof::samples::train
