#include <cmath>
#include <random>

#include "model.h"

namespace tbprof::samples::train {

std::vector<float> initial_parameters(unsigned seed) {
  std::mt19937 random(seed + 1000);
  std::vector<float> parameters;
  for (int layer = 0; layer < kLayers; ++layer) {
    const int inputs = kWidths[layer];
    const int outputs = kWidths[layer + 1];
    // He's rule for layers that end in a rectifier.
    std::normal_distribution<float> weight(0.0f, std::sqrt(2.0f / static_cast<float>(inputs)));
    for (int i = 0; i < inputs * outputs; ++i) parameters.push_back(weight(random));
    for (int i = 0; i < outputs; ++i) parameters.push_back(0.0f);
  }
  return parameters;
}

}  // namespace tbprof::samples::train
