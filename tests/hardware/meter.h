/* A simulated energy counter that rises at a known rate, so the true energy is watts x seconds.
 *
 * The records are in a file that powercap.c, nvml.c and the tests (simulated_meters.py) all map:
 * a test changes the draw, or triggers a fault, while another process reads.
 * Every field is a double, so that one struct format ("10d") describes the record in Python.
 */
#ifndef METER_H
#define METER_H

#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct meter {
    double base_j;        /* value of the counter at since_s */
    double since_s;       /* on the clock of now_s(), a multiple of tick_s */
    double counter_w;     /* slope of the counter; 0: the counter stalls */
    double tick_s;        /* the counter advances at multiples of this; 0: continuously */
    double range_j;       /* the counter wraps here; 0: never */
    double power_w;       /* the instantaneous power that is reported */
    double limit_w;       /* the device's power limit */
    double counter_error; /* if not 0, NVML's return code, and powercap.c stops writing */
    double power_error;   /* the same for power and limit */
    double shown_s;       /* powercap.c: the counter's file shows a count of this time or later;
                             -1: it was left to the test */
};

/* Where not NULL, what own_time.py adds to the CPU time of the process to have the time. */
static const volatile double *own_time_s;

/* CLOCK_MONOTONIC is also Python's time.monotonic() and time.perf_counter() on Linux. */
static inline double now_s(void)
{
    struct timespec now;
    clock_gettime(own_time_s != NULL ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    double seconds = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    return own_time_s != NULL ? seconds + *own_time_s : seconds;
}

static inline double counted_j(const volatile struct meter *meter)
{
    double at_s = now_s();
    if (meter->tick_s > 0)
        at_s = floor(at_s / meter->tick_s) * meter->tick_s;
    double energy_j = meter->base_j + meter->counter_w * (at_s - meter->since_s);
    return meter->range_j > 0 ? fmod(energy_j, meter->range_j) : energy_j;
}

/* Maps the records of a file; NULL if it cannot be read. */
static inline struct meter *map_meters(const char *path, size_t *count)
{
    struct stat status;
    int descriptor = open(path, O_RDWR);
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        return NULL;
    *count = (size_t)status.st_size / sizeof(struct meter);
    void *meters = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    return meters == MAP_FAILED ? NULL : meters;
}

#endif
