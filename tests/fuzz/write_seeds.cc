// Writes the first inputs of a fuzz target into a folder: write_seeds TARGET FOLDER. The first byte
// of what fuzz_trace_decoder and fuzz_record_reader take chooses a decoder or a mode.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "proto/chunk_body.h"
#include "proto/index_body.h"
#include "proto/trace_encoder.h"
#include "tests/proto/sample_trace.h"

namespace {

using namespace tbprof::tests::proto;

std::filesystem::path folder;

void write(std::string_view name, std::string_view bytes) {
  std::ofstream(folder / name, std::ios::binary) << bytes;
}

void write_decoder_seeds() {
  std::string body;
  tbprof::proto::ChunkBodyEncoder encoder;
  encoder.encode(sample_chunk(), body);
  write("chunk_body", std::string(1, '\0') + body);
  tbprof::proto::TraceChunk slices;
  slices.slices = {nested_ranges(20, 1), kernels(20, 1)};
  encoder.encode(slices, body);
  write("slices", std::string(1, '\0') + body);
  tbprof::proto::TraceChunk windows;
  windows.windows = {{0, 100, false, 250, WindowCause::capture, "x"}, {1, 300, true}};
  windows.noted_steps = {{7, 10, 30}, {8, 45, 50}};
  encoder.encode(windows, body);
  write("windows", std::string(1, '\0') + body);
  write("index_body", "\1" + tbprof::proto::encode_index_body(sample_index()));
  write("header", "\2" + tbprof::proto::encode_header(sample_header()));
  write("trailer", "\2" + tbprof::proto::encode_trailer(1, 2, 3));
  write("index", "\2" + tbprof::proto::encode_index(1, sample_index()));
}

void write_reader_seeds() {
  write("unchecked", std::string(1, '\0') + sample_file());
  write("checked", "\1" + sample_file());
  // Three records of some bytes each, and two changed bytes.
  write("script",
        std::string("\2\x03\x05\x40\x10\x02\x00\x01\x10\x00\x20\x80\x05", 12) + "payloads");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: write_seeds TARGET FOLDER\n", stderr);
    return 2;
  }
  const std::string_view target = argv[1];
  folder = argv[2];
  std::filesystem::create_directories(folder);
  if (target == "fuzz_trace_decoder") write_decoder_seeds();
  if (target == "fuzz_record_reader") write_reader_seeds();
  // Other targets take whole files; those of another format bring their seeds in seeds/<target>/.
  if (target.find("tbtrace") != std::string_view::npos) write("finished", sample_file());
  return 0;
}
