#include "model.h"

namespace tbprof::samples::train {

std::unique_ptr<Model> make_cuda_model(const std::vector<float>&, int, std::string& why) {
  why = "this build has none, because no CUDA toolkit was there";
  return nullptr;
}

}  // namespace tbprof::samples::train
