#include <algorithm>
#include <cmath>
#include <cstddef>

#include "model.h"

namespace tbprof::samples::train {
namespace {

using Values = std::vector<float>;

struct Layer {
  int inputs = 0;
  int outputs = 0;
  Values weights, biases;
  Values weight_gradients, bias_gradients;
  Values first_moments, second_moments;  // of weights, then biases
  Values activations;                    // after the rectifier, batch by outputs
  Values deltas;                         // gradient before the rectifier, batch by outputs
};

// a (rows by inner) times b transposed (columns by inner), plus one bias a column.
void multiply_transposed(const float* a, const float* b, const float* bias, int rows, int inner,
                         int columns, float* result) {
  constexpr int kParts = 8;  // independent sums, so that the compiler can use vectors
  for (int row = 0; row < rows; ++row) {
    const float* left = a + static_cast<std::ptrdiff_t>(row) * inner;
    for (int column = 0; column < columns; ++column) {
      const float* right = b + static_cast<std::ptrdiff_t>(column) * inner;
      float sums[kParts] = {};
      for (int i = 0; i + kParts <= inner; i += kParts) {
        for (int part = 0; part < kParts; ++part) sums[part] += left[i + part] * right[i + part];
      }
      float sum = bias[column];
      for (const float value : sums) sum += value;
      result[static_cast<std::ptrdiff_t>(row) * columns + column] = sum;
    }
  }
}

// result += factor * values
void add_scaled(float factor, const float* values, int count, float* result) {
  for (int i = 0; i < count; ++i) result[i] += factor * values[i];
}

class CpuModel final : public Model {
 public:
  CpuModel(const Values& parameters, int batch);
  std::string device() const override { return "the processor"; }
  void forward(const Batch& batch) override;
  float loss() override { return loss_; }
  float accuracy() override { return accuracy_; }
  void backward() override;
  void update(const Adam& adam) override;
  Values parameters() override;

 private:
  void score(const Batch& batch);

  Layer layers_[kLayers];
  Values input_;
  int size_ = 0;
  int updates_ = 0;
  float loss_ = 0;
  float accuracy_ = 0;
};

CpuModel::CpuModel(const Values& parameters, int batch) {
  auto from = parameters.begin();
  for (int i = 0; i < kLayers; ++i) {
    Layer& layer = layers_[i];
    layer.inputs = kWidths[i];
    layer.outputs = kWidths[i + 1];
    const std::ptrdiff_t weights = static_cast<std::ptrdiff_t>(layer.inputs) * layer.outputs;
    layer.weights.assign(from, from + weights);
    from += weights;
    layer.biases.assign(from, from + layer.outputs);
    from += layer.outputs;
    const std::size_t count = layer.weights.size() + layer.biases.size();
    layer.first_moments.resize(count);
    layer.second_moments.resize(count);
    layer.activations.resize(static_cast<std::size_t>(batch) * layer.outputs);
    layer.deltas.resize(layer.activations.size());
  }
}

void CpuModel::forward(const Batch& batch) {
  input_ = batch.pixels;
  size_ = batch.size();
  const float* from = input_.data();
  for (int i = 0; i < kLayers; ++i) {
    Layer& layer = layers_[i];
    layer.activations.resize(static_cast<std::size_t>(size_) * layer.outputs);
    layer.deltas.resize(layer.activations.size());
    multiply_transposed(from, layer.weights.data(), layer.biases.data(), size_, layer.inputs,
                        layer.outputs, layer.activations.data());
    if (i + 1 < kLayers) {
      for (float& value : layer.activations) value = std::max(value, 0.0f);
    }
    from = layer.activations.data();
  }
  score(batch);
}

// Softmax and cross entropy; leaves the gradient of the loss in the last layer's deltas.
void CpuModel::score(const Batch& batch) {
  Layer& last = layers_[kLayers - 1];
  double loss = 0;
  int right = 0;
  for (int image = 0; image < size_; ++image) {
    const float* scores = last.activations.data() + image * kClasses;
    float* delta = last.deltas.data() + image * kClasses;
    const int label = batch.labels[static_cast<std::size_t>(image)];
    const float* best = std::max_element(scores, scores + kClasses);
    right += best - scores == label ? 1 : 0;
    float sum = 0;
    for (int i = 0; i < kClasses; ++i) sum += std::exp(scores[i] - *best);
    for (int i = 0; i < kClasses; ++i) {
      const float probability = std::exp(scores[i] - *best) / sum;
      delta[i] = (probability - (i == label ? 1.0f : 0.0f)) / static_cast<float>(size_);
    }
    loss -= scores[label] - *best - std::log(sum);
  }
  loss_ = static_cast<float>(loss / size_);
  accuracy_ = static_cast<float>(right) / static_cast<float>(size_);
}

void CpuModel::backward() {
  for (int i = kLayers - 1; i >= 0; --i) {
    Layer& layer = layers_[i];
    Layer* below = i > 0 ? &layers_[i - 1] : nullptr;
    const Values& from = below != nullptr ? below->activations : input_;
    layer.weight_gradients.assign(layer.weights.size(), 0.0f);
    layer.bias_gradients.assign(layer.biases.size(), 0.0f);
    if (below != nullptr) std::fill(below->deltas.begin(), below->deltas.end(), 0.0f);
    for (int image = 0; image < size_; ++image) {
      const float* delta = layer.deltas.data() + image * layer.outputs;
      const float* input = from.data() + static_cast<std::ptrdiff_t>(image) * layer.inputs;
      add_scaled(1.0f, delta, layer.outputs, layer.bias_gradients.data());
      for (int output = 0; output < layer.outputs; ++output) {
        if (delta[output] == 0.0f) continue;  // the rectifier was closed
        const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(output) * layer.inputs;
        add_scaled(delta[output], input, layer.inputs, layer.weight_gradients.data() + row);
        if (below != nullptr) {
          add_scaled(delta[output], layer.weights.data() + row, layer.inputs,
                     below->deltas.data() + image * layer.inputs);
        }
      }
    }
    if (below == nullptr) continue;
    for (std::size_t j = 0; j < below->deltas.size(); ++j) {
      if (below->activations[j] <= 0.0f) below->deltas[j] = 0.0f;
    }
  }
}

void CpuModel::update(const Adam& adam) {
  updates_ += 1;
  const float correction_1 = 1.0f - std::pow(adam.decay_1, static_cast<float>(updates_));
  const float correction_2 = 1.0f - std::pow(adam.decay_2, static_cast<float>(updates_));
  const auto apply = [&](Values& values, const Values& gradients, float* first, float* second) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      first[i] = adam.decay_1 * first[i] + (1 - adam.decay_1) * gradients[i];
      second[i] = adam.decay_2 * second[i] + (1 - adam.decay_2) * gradients[i] * gradients[i];
      values[i] -= adam.rate * (first[i] / correction_1) /
                   (std::sqrt(second[i] / correction_2) + adam.floor);
    }
  };
  for (Layer& layer : layers_) {
    const std::size_t weights = layer.weights.size();
    apply(layer.weights, layer.weight_gradients, layer.first_moments.data(),
          layer.second_moments.data());
    apply(layer.biases, layer.bias_gradients, layer.first_moments.data() + weights,
          layer.second_moments.data() + weights);
  }
}

Values CpuModel::parameters() {
  Values all;
  for (const Layer& layer : layers_) {
    all.insert(all.end(), layer.weights.begin(), layer.weights.end());
    all.insert(all.end(), layer.biases.begin(), layer.biases.end());
  }
  return all;
}

}  // namespace

std::unique_ptr<Model> make_cpu_model(const std::vector<float>& parameters, int batch) {
  return std::make_unique<CpuModel>(parameters, batch);
}

}  // namespace tbprof::samples::train
