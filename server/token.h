// The user's token and the cookie made from it. The token is one a user, in a file that only the
// user can read, so that printed URLs and scripts outlive a restart. Values. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "proto/result.h"

namespace tbprof::server {

// $XDG_STATE_HOME/tbprof/token, else ~/.local/state/tbprof/token. unavailable without a home.
proto::Result<std::string> token_file_path();

// Reads the token, or makes the file with a new one (192 random bits) if there is none. Refuses a
// file that others can read, a folder that others can write to, and what belongs to someone else.
proto::Result<std::string> load_or_create_token(const std::string& path);

// Takes time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// A browser sends a cookie to every port of "localhost", so each server has a cookie name of its
// own, and the value is a one-way function of token and server: whoever else gets it learns nothing
// for another server. `server` says which one it is: machine, port, log directory.
struct Cookie {
  std::string name;
  std::string value;
};
Cookie cookie_of_server(std::string_view token, std::string_view server);

// The value of a cookie in a Cookie field, "" if it is not there.
std::string_view find_cookie(std::string_view field, std::string_view name);

}  // namespace tbprof::server
