// Another tool of the program whose loading takes a while: the loader has listed it, and still
// fills the tables through which it calls CUPTI.
#include <sys/syscall.h>
#include <time.h>

int cuptiSubscribe(void** subscriber, void* callback, void* userdata);

static int answer(void) { return 7; }

// Runs in the midst of being loaded, when no function of the C library can be called yet.
static int (*choose(void))(void) {
  const struct timespec pause = {0, 300000000};
#if defined(__x86_64__)
  long number = SYS_nanosleep;
  __asm__ volatile("syscall" : "+a"(number) : "D"(&pause), "S"(0) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long number __asm__("x8") = SYS_nanosleep;
  register const void* first __asm__("x0") = &pause;
  register long second __asm__("x1") = 0;
  __asm__ volatile("svc 0" : "+r"(first) : "r"(number), "r"(second) : "memory");
#endif
  return answer;
}

int chosen(void) __attribute__((ifunc("choose")));

int ask_for_cupti(void) {
  void* subscriber = 0;
  cuptiSubscribe(&subscriber, 0, 0);
  return chosen();
}
