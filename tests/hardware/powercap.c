/* Advances the energy_uj files of a powercap tree every millisecond, as RAPL does.
 *
 * usage: powercap STATE ENERGY_UJ...     (one file for each record of STATE, in the same order)
 *
 * Prints "ready" once every file holds a value, and runs until its parent ends.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "meter.h"

enum { MAX_FILES = 64, TICK_NS = 1000000 };

int main(int argc, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* Real-time priority, if permitted, so that a busy machine does not delay the counter. */
    sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1});

    size_t count = 0;
    int files[MAX_FILES];
    struct meter *meters = argc > 2 ? map_meters(argv[1], &count) : NULL;
    if (meters == NULL || count > MAX_FILES || count != (size_t)argc - 2) {
        fprintf(stderr, "usage: powercap STATE ENERGY_UJ... (one file for each record)\n");
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        files[i] = open(argv[i + 2], O_WRONLY);
        if (files[i] < 0) {
            perror(argv[i + 2]);
            return 1;
        }
    }
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (int ready = 0;; ready = 1) {
        for (size_t i = 0; i < count; i++) {
            volatile struct meter *meter = &meters[i];
            if (meter->counter_error != 0) {
                meter->shown_s = -1; /* the test owns the file's content now */
                continue;
            }
            /* Fixed width and never truncated, so that no reader sees an empty or short value. Two
             * words of 8 bytes: only a carry from the lower word to the upper one could tear. */
            char text[32];
            double shown_s = now_s();
            int length = snprintf(text, sizeof text, "%016.0f\n", counted_j(meter) * 1e6);
            if (pwrite(files[i], text, (size_t)length, 0) != length) {
                perror(argv[i + 2]);
                return 1;
            }
            meter->shown_s = shown_s;
        }
        if (!ready) {
            puts("ready");
            fflush(stdout);
        }
        next.tv_nsec += TICK_NS;
        if (next.tv_nsec >= 1000000000) {
            next.tv_nsec -= 1000000000;
            next.tv_sec++;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
}
