// How many files the process may have open, and what of them connections may take. Any thread, but
// at start only.
#pragma once

#include <cstddef>

namespace tbprof::server {

// Raises the limit as far as `most` connections need and the system permits. Tells how many
// connections leave enough descriptors for recordings and the rest; at most `most`.
std::size_t connections_that_fit(std::size_t most);

}  // namespace tbprof::server
