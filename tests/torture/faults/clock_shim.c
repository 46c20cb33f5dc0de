/* Sets the date of one process and its children wrong, by seconds that a file holds.

   LD_PRELOAD=clock_shim.so FAULT_CLOCK=FILE program
   FILE holds one double; it may change at any moment. What counts from the start of the machine
   (CLOCK_MONOTONIC, CLOCK_BOOTTIME) stays as it is, as with a real clock that somebody set. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile double *off;

__attribute__((constructor)) static void map_file(void) {
    const char *name = getenv("FAULT_CLOCK");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *page = mmap(NULL, sizeof(double), PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) off = page;
    close(file);
}

static void move(struct timespec *at) {
    if (!off) return;
    double by = *off;
    long long whole = (long long)by;
    at->tv_sec += whole;
    at->tv_nsec += (long)((by - (double)whole) * 1e9);
    if (at->tv_nsec >= 1000000000L) { at->tv_nsec -= 1000000000L; at->tv_sec += 1; }
    if (at->tv_nsec < 0) { at->tv_nsec += 1000000000L; at->tv_sec -= 1; }
}

int clock_gettime(clockid_t which, struct timespec *at) {
    int done = (int)syscall(SYS_clock_gettime, which, at);
    if (done == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) move(at);
    return done;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    (void)zone;
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
