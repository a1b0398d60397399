// Writes the first inputs of a fuzz target into a folder: write_seeds TARGET FOLDER. The first byte
// of what fuzz_trace_decoder and fuzz_record_reader take chooses a decoder or a mode.
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "proto/chunk_body.h"
#include "proto/index_body.h"
#include "proto/record_frame.h"
#include "proto/sample_chunk.h"
#include "proto/trace_encoder.h"
#include "proto/wire.h"
#include "sampler/python_layout.h"
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
  windows.windows = {{0, 100, false, 250, WindowCause::capture, "x"},
                     {1, 300, true, 0, WindowCause::steps, ""}};
  windows.noted_steps = {{7, 10, 30}, {8, 45, 50}};
  encoder.encode(windows, body);
  write("windows", std::string(1, '\0') + body);
  tbprof::proto::TraceChunk marks;
  marks.instants = {{0, 10, 0}, {1, 20, 1}};
  marks.instant_attributes = {{4, ValueKind::number, {1}, {7}},
                              {5, ValueKind::string, {0, 1}, {1, 2}}};
  encoder.encode(marks, body);
  write("marks", std::string(1, '\0') + body);
  write("index_body", "\1" + tbprof::proto::encode_index_body(sample_index()));
  write("header", "\2" + tbprof::proto::encode_header(sample_header()));
  write("trailer", "\2" + tbprof::proto::encode_trailer(1, 2, 3));
  write("index", "\2" + tbprof::proto::encode_index(1, sample_index()));
}

void write_samples_seeds() {
  using tbprof::proto::append_record;
  tbprof::proto::SampleChunkEncoder encoder(1, tbprof::proto::Codec::none);
  std::string payload(tbprof::proto::text_of(encoder.encode(sample_sample_chunk())));
  const std::size_t body = payload.find(std::string("\x0a\x04loop", 6));
  write("body", std::string(1, '\0') + payload.substr(body));
  std::string file = "\1";
  append_record(tbprof::proto::bytes_of(tbprof::proto::encode_header(sample_header())), file);
  append_record(tbprof::proto::bytes_of(payload), file);
  write("file", file);
}

// An interpreter of 3.12 with one thread that runs one function, at the offsets that
// fuzz_python_memory asks for.
std::string interpreter_memory() {
  const auto layout = *tbprof::sampler::layout_of_version(12);
  std::string memory(4096, '\0');
  const auto put = [&](std::uint64_t at, std::uint64_t value, std::size_t size_bytes = 8) {
    std::memcpy(memory.data() + at, &value, size_bytes);
  };
  constexpr std::uint64_t interpreter = 256, thread = 512, c_frame = 1024, frame = 1280,
                          code = 1536, text = 2048, lines = 2304;
  put(16 + layout.runtime_interpreters, interpreter);
  put(interpreter + layout.interpreter_threads, thread);
  put(thread + layout.thread_id, 4711);
  put(thread + layout.native_thread_id, 4711);
  put(thread + layout.thread_frame, c_frame);
  put(c_frame + layout.frame_in_pointee, frame);
  put(frame + layout.frame_code, code);
  put(frame + layout.frame_instruction, code + layout.code_instructions + 2);
  put(code + layout.object_type, 1);
  put(code + layout.code_filename, text);
  put(code + layout.code_name, text);
  put(code + layout.code_first_line, 7, 4);
  put(code + layout.code_line_table, lines);
  put(text + layout.object_type, 2);
  put(text + layout.text_length, 4);
  put(text + layout.text_state, 1 << 2 | 1 << 5 | 1 << 6, 4);
  memory.replace(text + layout.ascii_text, 4, "loop");
  put(lines + layout.object_type, 3);
  put(lines + layout.bytes_size, 4);
  memory.replace(lines + layout.bytes_data, 4, "\xd8\x01\xd8\x02");
  return memory;
}

void write_python_seeds() {
  write("interpreter", "\x0c" + interpreter_memory());
  write("stat",
        "\1"
        "4711 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25\n");
  write("maps",
        "\1"
        "55d0c0000000-55d0c0001000 r--p 00000000 08:01 12  /usr/bin/python3\n");
  write("lnotab", std::string("\2\x02\x01\x04\xff\x00\x7f", 7));
  write("linetable", std::string("\3\x02\x01\x04\x80\x06\xfe", 7));
  write("locations", std::string("\4\xd8\x01\xe9\x43\xf8\xf1\x44\x01\x02\x03", 11));
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
  if (target == "fuzz_samples") write_samples_seeds();
  if (target == "fuzz_python_memory") write_python_seeds();
  // Other targets take whole files; those of another format bring their seeds in seeds/<target>/.
  if (target.find("tbtrace") != std::string_view::npos) write("finished", sample_file());
  return 0;
}
