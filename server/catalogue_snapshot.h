// The captures of the log directory at one moment, with a version of each. Immutable once it is
// shared: any thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/catalogue.h"

namespace tbprof::server {

struct CatalogueSnapshot {
  analyzer::Catalogue catalogue;
  // Of each capture, changes with its file. That of a live one waits until the work that the last
  // one made is no more than a twentieth of the time: a page asks for all anew at each version.
  std::vector<std::string> versions;
  std::string version;  // of all of it; see version_of_all()
  std::map<std::string, std::size_t, std::less<>> by_id;
};

// Each capture in the version of its file, without the version of all.
std::shared_ptr<CatalogueSnapshot> make_snapshot(analyzer::Catalogue catalogue);
// Changes with the runs, the versions and the problems.
std::string version_of_all(const CatalogueSnapshot& snapshot);

}  // namespace tbprof::server
