// Makes labelled images: one of ten shapes, at a random place and size, under noise. The same seed
// gives the same images. Owns its random numbers. One thread at a time.
#pragma once

#include <cstddef>
#include <random>
#include <vector>

namespace tbprof::samples::train {

inline constexpr int kImageSidePx = 28;
inline constexpr int kPixels = kImageSidePx * kImageSidePx;
inline constexpr int kClasses = 10;

struct Batch {
  std::vector<float> pixels;  // size() images of kPixels, one after the other
  std::vector<int> labels;
  int size() const { return static_cast<int>(labels.size()); }
};

class ImageGenerator {
 public:
  explicit ImageGenerator(unsigned seed) : random_(seed) {}

  // More samples a pixel give smoother edges and take proportionally longer.
  Batch make(int size, int samples_per_pixel);

 private:
  void draw(int label, int samples_per_pixel, float* pixels);

  std::mt19937 random_;
};

}  // namespace tbprof::samples::train
