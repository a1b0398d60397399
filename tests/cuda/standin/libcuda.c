/* Stands for the driver where a test needs it to be in the process; nothing of it is called. */
int cuInit(unsigned flags) { return flags == 0 ? 0 : 1; }
