/* A small program without anything of tbprof, built in several ways: with static libraries, and
 * with sanitizers. usage: plain [MODE] */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void* count(void* sum) {
  for (int i = 0; i < 1000; ++i) __atomic_fetch_add((int*)sum, 1, __ATOMIC_RELAXED);
  return NULL;
}

int main(int argc, char** argv) {
  const char* mode = argc > 1 ? argv[1] : "";
  int sum = 0;
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, count, &sum);
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  printf("%d\n", sum);
  fflush(stdout);
  if (strcmp(mode, "overflow") == 0) {
    int big = 2147483647;
    big += argc;
    printf("%d\n", big);
  }
  if (strcmp(mode, "use_after_free") == 0) {
    char* memory = malloc(10);
    free(memory);
    printf("%d\n", memory[3] == 0 ? 0 : 1);
  }
  if (strcmp(mode, "leak") == 0) {
    char* volatile memory = malloc(77);
    printf("%d\n", memory != NULL);
    memory = NULL;
  }
  if (strcmp(mode, "fork") == 0) {
    const pid_t child = fork();
    if (child == 0) _exit(3);
    int status = 0;
    waitpid(child, &status, 0);
    printf("%d\n", WEXITSTATUS(status));
  }
  return 11;
}
