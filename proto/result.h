// What a fallible function returns: a value, or an error that a person can act on.
// Values own what they hold. Any thread.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace tbprof::proto {

enum class ErrorCode : unsigned char {
  not_found,         // the thing asked for is not there
  invalid_argument,  // the caller asked wrongly
  corrupt,           // the bytes break their format
  unsupported,       // the bytes are of a kind or version that is not read here
  unavailable,       // it may work later, or with other permissions
  io,                // the system refused to read or write
};

// `message` is one sentence: what happened, where (file, byte offset), what to do.
struct Error {
  ErrorCode code = ErrorCode::io;
  std::string message;
};

struct Unit {};

template <typename T = Unit>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}      // NOLINT: a plain return must work
  Result(Error error) : error_(std::move(error)) {}  // NOLINT
  Result(ErrorCode code, std::string message) : error_{code, std::move(message)} {}

  bool ok() const { return value_.has_value(); }
  // REQUIRES: ok()
  T& value() { return *value_; }
  const T& value() const { return *value_; }
  T take() { return std::move(*value_); }
  // REQUIRES: !ok()
  const Error& error() const { return error_; }
  Error take_error() { return std::move(error_); }

 private:
  std::optional<T> value_;
  Error error_;
};

inline Result<Unit> success() { return Result<Unit>(Unit{}); }

}  // namespace tbprof::proto

// Gives the value of a Result, or returns its error from the function around it.
#define TBPROF_TRY(expression)                                          \
  __extension__({                                                       \
    auto tbprof_try_result = (expression);                              \
    if (!tbprof_try_result.ok()) return tbprof_try_result.take_error(); \
    tbprof_try_result.take();                                           \
  })
