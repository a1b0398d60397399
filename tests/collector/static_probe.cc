// A statically linked program: no loader, so nothing can be preloaded into it.
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  printf("static\n");
  return argc > 1 ? atoi(argv[1]) : 0;
}
