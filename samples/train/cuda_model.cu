// The classifier on a GPU: matrix products by cuBLAS where the build has it, else by a kernel of
// its own; everything else by the kernels below. All work goes to one stream.
#include <cuda_runtime.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "model.h"
#ifdef TRAIN_WITH_CUBLAS
#include <cublas_v2.h>
#endif

namespace tbprof::samples::train {
namespace {

void check(cudaError_t status) {
  if (status == cudaSuccess) return;
  std::fprintf(stderr, "train: CUDA: %s.\n", cudaGetErrorString(status));
  std::exit(1);
}

int blocks_for(int count, int threads) { return (count + threads - 1) / threads; }
constexpr int kThreads = 256;
constexpr int kTile = 16;

struct DeviceFloats {
  float* data = nullptr;
  int count = 0;
  explicit DeviceFloats(int size = 0) : count(size) {
    if (size > 0) check(cudaMalloc(&data, sizeof(float) * size));
    if (size > 0) check(cudaMemset(data, 0, sizeof(float) * size));
  }
  ~DeviceFloats() { cudaFree(data); }
  DeviceFloats(const DeviceFloats&) = delete;
  DeviceFloats& operator=(const DeviceFloats&) = delete;
};

// Row-major c (rows by columns) = a times b; a or b may be stored transposed.
__global__ void multiply(const float* a, bool a_transposed, const float* b, bool b_transposed,
                         int rows, int inner, int columns, float* c) {
  __shared__ float left[kTile][kTile];
  __shared__ float right[kTile][kTile];
  const int row = blockIdx.y * kTile + threadIdx.y;
  const int column = blockIdx.x * kTile + threadIdx.x;
  float sum = 0;
  for (int tile = 0; tile < inner; tile += kTile) {
    const int a_column = tile + threadIdx.x;
    const int b_row = tile + threadIdx.y;
    left[threadIdx.y][threadIdx.x] =
        row < rows && a_column < inner
            ? (a_transposed ? a[a_column * rows + row] : a[row * inner + a_column])
            : 0.0f;
    right[threadIdx.y][threadIdx.x] =
        column < columns && b_row < inner
            ? (b_transposed ? b[column * inner + b_row] : b[b_row * columns + column])
            : 0.0f;
    __syncthreads();
    for (int i = 0; i < kTile; ++i) sum += left[threadIdx.y][i] * right[i][threadIdx.x];
    __syncthreads();
  }
  if (row < rows && column < columns) c[row * columns + column] = sum;
}

__global__ void add_bias(const float* bias, int rows, int columns, bool rectify, float* values) {
  const int at = blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= rows * columns) return;
  const float value = values[at] + bias[at % columns];
  values[at] = rectify ? fmaxf(value, 0.0f) : value;
}

// One thread an image: softmax, cross entropy and the gradient of the mean loss.
__global__ void score(const float* scores, const int* labels, int rows, float* delta,
                      float* totals) {
  const int row = blockIdx.x * blockDim.x + threadIdx.x;
  if (row >= rows) return;
  const float* mine = scores + row * kClasses;
  int best = 0;
  for (int i = 1; i < kClasses; ++i) best = mine[i] > mine[best] ? i : best;
  float sum = 0;
  for (int i = 0; i < kClasses; ++i) sum += expf(mine[i] - mine[best]);
  const int label = labels[row];
  for (int i = 0; i < kClasses; ++i) {
    const float probability = expf(mine[i] - mine[best]) / sum;
    delta[row * kClasses + i] = (probability - (i == label ? 1.0f : 0.0f)) / rows;
  }
  atomicAdd(&totals[0], logf(sum) + mine[best] - mine[label]);
  atomicAdd(&totals[1], best == label ? 1.0f : 0.0f);
}

__global__ void sum_rows(const float* values, int rows, int columns, float* sums) {
  const int column = blockIdx.x * blockDim.x + threadIdx.x;
  if (column >= columns) return;
  float sum = 0;
  for (int row = 0; row < rows; ++row) sum += values[row * columns + column];
  sums[column] = sum;
}

__global__ void close_rectifier(const float* activations, int count, float* deltas) {
  const int at = blockIdx.x * blockDim.x + threadIdx.x;
  if (at < count && activations[at] <= 0.0f) deltas[at] = 0.0f;
}

__global__ void adam_update(const float* gradients, int count, Adam adam, float correction_1,
                            float correction_2, float* first, float* second, float* values) {
  const int at = blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= count) return;
  const float gradient = gradients[at];
  first[at] = adam.decay_1 * first[at] + (1 - adam.decay_1) * gradient;
  second[at] = adam.decay_2 * second[at] + (1 - adam.decay_2) * gradient * gradient;
  values[at] -=
      adam.rate * (first[at] / correction_1) / (sqrtf(second[at] / correction_2) + adam.floor);
}

struct Layer {
  Layer(int in, int out, int batch)
      : inputs(in),
        outputs(out),
        parameters(in * out + out),
        gradients(in * out + out),
        first(in * out + out),
        second(in * out + out),
        activations(batch * out),
        deltas(batch * out) {}
  int inputs, outputs;
  DeviceFloats parameters, gradients, first, second;  // weights, then biases
  DeviceFloats activations, deltas;
  float* biases() { return parameters.data + inputs * outputs; }
};

class CudaModel final : public Model {
 public:
  CudaModel(const std::vector<float>& parameters, int batch, std::string name);
  ~CudaModel() override;
  std::string device() const override { return name_; }
  void forward(const Batch& batch) override;
  float loss() override { return totals()[0]; }
  float accuracy() override { return totals()[1]; }
  void backward() override;
  void update(const Adam& adam) override;
  std::vector<float> parameters() override;

 private:
  void product(const float* a, bool a_transposed, const float* b, bool b_transposed, int rows,
               int inner, int columns, float* c);
  const float* totals();

  std::string name_;
  std::vector<std::unique_ptr<Layer>> layers_;
  DeviceFloats input_, totals_;
  int* labels_ = nullptr;
  float host_totals_[2] = {0, 0};
  int size_ = 0;
  int updates_ = 0;
#ifdef TRAIN_WITH_CUBLAS
  cublasHandle_t blas_ = nullptr;
#endif
};

CudaModel::CudaModel(const std::vector<float>& parameters, int batch, std::string name)
    : name_(std::move(name)), input_(batch * kPixels), totals_(2) {
  check(cudaMalloc(&labels_, sizeof(int) * batch));
  const float* from = parameters.data();
  for (int i = 0; i < kLayers; ++i) {
    layers_.push_back(std::make_unique<Layer>(kWidths[i], kWidths[i + 1], batch));
    Layer& layer = *layers_.back();
    check(cudaMemcpy(layer.parameters.data, from, sizeof(float) * layer.parameters.count,
                     cudaMemcpyHostToDevice));
    from += layer.parameters.count;
  }
#ifdef TRAIN_WITH_CUBLAS
  if (cublasCreate(&blas_) != CUBLAS_STATUS_SUCCESS) {
    std::fputs("train: cuBLAS does not start.\n", stderr);
    std::exit(1);
  }
#endif
}

CudaModel::~CudaModel() {
  cudaFree(labels_);
#ifdef TRAIN_WITH_CUBLAS
  cublasDestroy(blas_);
#endif
}

void CudaModel::product(const float* a, bool a_transposed, const float* b, bool b_transposed,
                        int rows, int inner, int columns, float* c) {
#ifdef TRAIN_WITH_CUBLAS
  // cuBLAS counts by columns: there our row-major c = a b reads as c' = b' a'.
  const float one = 1;
  const float zero = 0;
  cublasSgemm(blas_, b_transposed ? CUBLAS_OP_T : CUBLAS_OP_N,
              a_transposed ? CUBLAS_OP_T : CUBLAS_OP_N, columns, rows, inner, &one, b,
              b_transposed ? inner : columns, a, a_transposed ? rows : inner, &zero, c, columns);
#else
  const dim3 grid(blocks_for(columns, kTile), blocks_for(rows, kTile));
  multiply<<<grid, dim3(kTile, kTile)>>>(a, a_transposed, b, b_transposed, rows, inner, columns, c);
#endif
}

void CudaModel::forward(const Batch& batch) {
  size_ = batch.size();
  check(cudaMemcpyAsync(input_.data, batch.pixels.data(), sizeof(float) * batch.pixels.size(),
                        cudaMemcpyHostToDevice));
  check(cudaMemcpyAsync(labels_, batch.labels.data(), sizeof(int) * batch.labels.size(),
                        cudaMemcpyHostToDevice));
  const float* from = input_.data;
  for (int i = 0; i < kLayers; ++i) {
    Layer& layer = *layers_[i];
    const int count = size_ * layer.outputs;
    product(from, false, layer.parameters.data, true, size_, layer.inputs, layer.outputs,
            layer.activations.data);
    add_bias<<<blocks_for(count, kThreads), kThreads>>>(layer.biases(), size_, layer.outputs,
                                                        i + 1 < kLayers, layer.activations.data);
    from = layer.activations.data;
  }
  check(cudaMemsetAsync(totals_.data, 0, sizeof(float) * 2));
  score<<<blocks_for(size_, kThreads), kThreads>>>(from, labels_, size_,
                                                   layers_.back()->deltas.data, totals_.data);
}

const float* CudaModel::totals() {
  check(cudaMemcpy(host_totals_, totals_.data, sizeof host_totals_, cudaMemcpyDeviceToHost));
  for (float& total : host_totals_) total /= static_cast<float>(size_);
  return host_totals_;
}

void CudaModel::backward() {
  for (int i = kLayers - 1; i >= 0; --i) {
    Layer& layer = *layers_[i];
    const float* from = i > 0 ? layers_[i - 1]->activations.data : input_.data;
    product(layer.deltas.data, true, from, false, layer.outputs, size_, layer.inputs,
            layer.gradients.data);
    sum_rows<<<blocks_for(layer.outputs, kThreads), kThreads>>>(
        layer.deltas.data, size_, layer.outputs,
        layer.gradients.data + layer.inputs * layer.outputs);
    if (i == 0) break;
    Layer& below = *layers_[i - 1];
    const int count = size_ * below.outputs;
    product(layer.deltas.data, false, layer.parameters.data, false, size_, layer.outputs,
            layer.inputs, below.deltas.data);
    close_rectifier<<<blocks_for(count, kThreads), kThreads>>>(below.activations.data, count,
                                                               below.deltas.data);
  }
}

void CudaModel::update(const Adam& adam) {
  updates_ += 1;
  const float correction_1 = 1 - std::pow(adam.decay_1, static_cast<float>(updates_));
  const float correction_2 = 1 - std::pow(adam.decay_2, static_cast<float>(updates_));
  for (const auto& layer : layers_) {
    const int count = layer->parameters.count;
    adam_update<<<blocks_for(count, kThreads), kThreads>>>(
        layer->gradients.data, count, adam, correction_1, correction_2, layer->first.data,
        layer->second.data, layer->parameters.data);
  }
  check(cudaGetLastError());
}

std::vector<float> CudaModel::parameters() {
  std::vector<float> all;
  for (const auto& layer : layers_) {
    std::vector<float> part(layer->parameters.count);
    check(cudaMemcpy(part.data(), layer->parameters.data, sizeof(float) * part.size(),
                     cudaMemcpyDeviceToHost));
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace

std::unique_ptr<Model> make_cuda_model(const std::vector<float>& parameters, int batch,
                                       std::string& why) {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status != cudaSuccess || devices == 0) {
    why = status != cudaSuccess ? cudaGetErrorString(status) : "there is no GPU";
    return nullptr;
  }
  cudaDeviceProp properties = {};
  check(cudaGetDeviceProperties(&properties, 0));
  return std::make_unique<CudaModel>(parameters, batch, properties.name);
}

}  // namespace tbprof::samples::train
