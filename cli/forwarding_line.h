// The command by which a laptop reaches the page of this machine: ssh -L, to the address, port and
// user by which the present session came in. Pure. Any thread.
#pragma once

#include <string>

namespace tbprof::cli {

// `ssh_connection` as sshd sets SSH_CONNECTION: the client's address and port, this machine's
// address and port. Where it lacks the address, `machine` is named.
std::string forwarding_line(unsigned page_port, const std::string& user,
                            const std::string& ssh_connection, const std::string& machine);

}  // namespace tbprof::cli
