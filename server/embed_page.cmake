# Turns every file of a folder into bytes of the program and a table of them (page.h):
#   cmake -D PAGE=folder -D OUT=path-without-suffix -D GZIP=program -P embed_page.cmake
# Writes OUT.S, which takes the bytes in by .incbin, OUT.cc, and compressed copies beside them.
file(GLOB names LIST_DIRECTORIES false RELATIVE ${PAGE} ${PAGE}/*)
list(SORT names)
set(index 0)
set(assembly "    .section .rodata\n")
set(declarations "")
set(rows "")

function(append_symbol symbol path)
  string(APPEND assembly "    .global ${symbol}\n${symbol}:\n    .incbin \"${path}\"\n"
    "    .global ${symbol}_end\n${symbol}_end:\n    .byte 0\n")
  string(APPEND declarations "extern const char ${symbol}[];\nextern const char ${symbol}_end[];\n")
  set(assembly "${assembly}" PARENT_SCOPE)
  set(declarations "${declarations}" PARENT_SCOPE)
endfunction()

foreach(name ${names})
  if(name MATCHES "\\.map$")
    continue()
  endif()
  file(SHA256 ${PAGE}/${name} hash)
  string(SUBSTRING ${hash} 0 24 hash)
  # The hash stands here so that a change of the bytes is a change of this file.
  string(APPEND assembly "    /* ${name} ${hash} */\n")
  set(symbol tbprof_page_${index})
  append_symbol(${symbol} ${PAGE}/${name})
  set(packed "${OUT}_${index}.gz")
  execute_process(COMMAND ${GZIP} -9 -n -c ${PAGE}/${name} OUTPUT_FILE ${packed}
    COMMAND_ERROR_IS_FATAL ANY)
  file(SIZE ${PAGE}/${name} whole_bytes)
  file(SIZE ${packed} packed_bytes)
  set(gzip_span "std::string_view()")
  if(packed_bytes LESS whole_bytes)
    append_symbol(${symbol}_gz ${packed})
    set(gzip_span "bytes_between(${symbol}_gz, ${symbol}_gz_end)")
  endif()
  string(APPEND rows "      {\"${name}\", bytes_between(${symbol}, ${symbol}_end),\n"
    "       ${gzip_span}, \"${hash}\"},\n")
  math(EXPR index "${index} + 1")
endforeach()

string(APPEND assembly "    .section .note.GNU-stack,\"\",%progbits\n")
file(WRITE ${OUT}.S "${assembly}")
file(WRITE ${OUT}.cc "#include \"server/page.h\"

extern \"C\" {
${declarations}}

namespace tbprof::server {

namespace {

std::string_view bytes_between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::span<const PageFile> embedded_page() {
  static const PageFile kFiles[] = {
${rows}  };
  return kFiles;
}

}  // namespace tbprof::server
")
