#include "cli/forwarding_line.h"

#include <sstream>

namespace tbprof::cli {

std::string forwarding_line(unsigned page_port, const std::string& user,
                            const std::string& ssh_connection, const std::string& machine) {
  std::istringstream words(ssh_connection);
  std::string client, client_port, address, ssh_port;
  words >> client >> client_port >> address >> ssh_port;
  const std::string number = std::to_string(page_port);
  std::string line = "ssh -N -L " + number + ":localhost:" + number + " ";
  if (!ssh_port.empty() && ssh_port != "22") line += "-p " + ssh_port + " ";
  return line + user + "@" + (address.empty() ? machine : address);
}

}  // namespace tbprof::cli
