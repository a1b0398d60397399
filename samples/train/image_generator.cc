#include "image_generator.h"

#include <algorithm>
#include <cmath>

namespace tbprof::samples::train {
namespace {

// Whether a point, in units of the shape's radius around its centre, lies in the shape.
bool inside(int label, float x, float y) {
  const float radius = std::sqrt(x * x + y * y);
  const float across = std::max(std::fabs(x), std::fabs(y));
  constexpr float kStroke = 0.3f;
  switch (label) {
    case 0:
      return radius < 1;  // disc
    case 1:
      return radius < 1 && radius > 0.6f;  // ring
    case 2:
      return across < 0.9f;  // square
    case 3:
      return across < 0.95f && across > 0.6f;  // frame
    case 4:
      return std::fabs(y) < kStroke && std::fabs(x) < 1;  // bar
    case 5:
      return std::fabs(x) < kStroke && std::fabs(y) < 1;  // pillar
    case 6:
      return across < 1 && (std::fabs(x) < 0.2f || std::fabs(y) < 0.2f);  // plus
    case 7:
      return across < 1 && std::fabs(x - y) < kStroke;  // falling stroke
    case 8:
      return across < 1 && std::fabs(x + y) < kStroke;  // rising stroke
    default:
      return y > -0.9f && y < 0.9f && std::fabs(x) < (y + 0.9f) / 1.8f;  // triangle
  }
}

}  // namespace

void ImageGenerator::draw(int label, int samples_per_pixel, float* pixels) {
  std::uniform_real_distribution<float> place(11.5f, 16.5f);
  std::uniform_real_distribution<float> size(6.0f, 10.0f);
  std::uniform_real_distribution<float> unit(0.0f, 1.0f);
  std::normal_distribution<float> noise(0.0f, 0.4f);
  const float centre_x = place(random_);
  const float centre_y = place(random_);
  const float radius = size(random_);
  for (int y = 0; y < kImageSidePx; ++y) {
    for (int x = 0; x < kImageSidePx; ++x) {
      int hits = 0;
      for (int sample = 0; sample < samples_per_pixel; ++sample) {
        const float at_x = static_cast<float>(x) + unit(random_);
        const float at_y = static_cast<float>(y) + unit(random_);
        hits += inside(label, (at_x - centre_x) / radius, (at_y - centre_y) / radius) ? 1 : 0;
      }
      const float value = static_cast<float>(hits) / static_cast<float>(samples_per_pixel);
      pixels[y * kImageSidePx + x] = value - 0.3f + noise(random_);
    }
  }
}

Batch ImageGenerator::make(int size, int samples_per_pixel) {
  Batch batch;
  batch.pixels.resize(static_cast<std::size_t>(size) * kPixels);
  std::uniform_int_distribution<int> label(0, kClasses - 1);
  for (int image = 0; image < size; ++image) {
    batch.labels.push_back(label(random_));
    draw(batch.labels.back(), samples_per_pixel,
         batch.pixels.data() + static_cast<std::size_t>(image) * kPixels);
  }
  return batch;
}

}  // namespace tbprof::samples::train
