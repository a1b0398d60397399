#include "server/catalogue_snapshot.h"

#include <cstdint>
#include <utility>

#include "server/fingerprint.h"

namespace tbprof::server {

namespace {

std::string version_of(const analyzer::Capture& capture) {
  std::string text = capture.path + '|' + std::to_string(static_cast<int>(capture.state));
  for (const analyzer::FileStamp& stamp : {capture.stamp, capture.samples_stamp}) {
    for (const std::uint64_t part : {stamp.device, stamp.inode, stamp.size_bytes,
                                     static_cast<std::uint64_t>(stamp.modified_ns)}) {
      text += '|' + std::to_string(part);
    }
  }
  return fingerprint(text);
}

}  // namespace

std::shared_ptr<CatalogueSnapshot> make_snapshot(analyzer::Catalogue catalogue) {
  auto snapshot = std::make_shared<CatalogueSnapshot>();
  for (std::size_t i = 0; i < catalogue.captures.size(); ++i) {
    snapshot->versions.push_back(version_of(catalogue.captures[i]));
    snapshot->by_id.emplace(catalogue.captures[i].id, i);
  }
  snapshot->catalogue = std::move(catalogue);
  return snapshot;
}

std::string version_of_all(const CatalogueSnapshot& snapshot) {
  std::string all;
  for (const analyzer::Run& run : snapshot.catalogue.runs) {
    all += run.name + (run.has_events ? "+\n" : "\n");
  }
  for (const std::string& version : snapshot.versions) all += version + '\n';
  for (const std::string& problem : snapshot.catalogue.problems) all += problem + '\n';
  return fingerprint(all);
}

}  // namespace tbprof::server
