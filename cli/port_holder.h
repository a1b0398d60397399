// Who listens on a port of this machine, as far as /proc tells. Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace tbprof::cli {

// Whether something listens on the port, on any address.
bool is_port_taken(std::uint16_t port);

// "python3 (pid 4711)", or "" if it is not known, as for programs of other users.
std::string describe_port_holder(std::uint16_t port);

}  // namespace tbprof::cli
