/* A stand-in for libnvidia-ml.so.1: the part of NVML that CodeCarbon and Zeus call through pynvml.
 *
 * Each record of the file named by NVML_METERS is a GPU. Names, signatures and return codes are
 * those of the NVML API reference (docs.nvidia.com/deploy/nvml-api, NVML 12).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meter.h"

enum {
    SUCCESS = 0,
    ERROR_UNINITIALIZED = 1,
    ERROR_INVALID_ARGUMENT = 2,
    ERROR_NOT_SUPPORTED = 3,
    ERROR_DRIVER_NOT_LOADED = 9,
    ERROR_GPU_IS_LOST = 15
};

typedef const volatile struct meter *device_t;

static struct meter *gpus;
static size_t gpu_count;

/* Not of NVML: from now on the time is that of own_time.py. */
void keep_own_time(const volatile double *offset_s) { own_time_s = offset_s; }

int nvmlInitWithFlags(unsigned flags)
{
    (void)flags;
    const char *path = getenv("NVML_METERS");
    if (gpus == NULL && path != NULL)
        gpus = map_meters(path, &gpu_count);
    return gpus != NULL ? SUCCESS : ERROR_DRIVER_NOT_LOADED;
}

int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }

int nvmlShutdown(void) { return SUCCESS; }

const char *nvmlErrorString(int code)
{
    switch (code) {
    case SUCCESS: return "Success";
    case ERROR_UNINITIALIZED: return "Uninitialized";
    case ERROR_INVALID_ARGUMENT: return "Invalid Argument";
    case ERROR_NOT_SUPPORTED: return "Not Supported";
    case ERROR_DRIVER_NOT_LOADED: return "Driver Not Loaded";
    case ERROR_GPU_IS_LOST: return "GPU is lost";
    default: return "Unknown Error";
    }
}

int nvmlSystemGetDriverVersion(char *version, unsigned length)
{
    snprintf(version, length, "580.00.00");
    return SUCCESS;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = (unsigned)gpu_count;
    return gpus != NULL ? SUCCESS : ERROR_UNINITIALIZED;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, device_t *device)
{
    if (index >= gpu_count)
        return ERROR_INVALID_ARGUMENT;
    *device = &gpus[index];
    return SUCCESS;
}

int nvmlDeviceGetName(device_t device, char *name, unsigned length)
{
    (void)device;
    snprintf(name, length, "Simulated GPU");
    return SUCCESS;
}

int nvmlDeviceGetUUID(device_t device, char *uuid, unsigned length)
{
    snprintf(uuid, length, "GPU-%08x-0000-4000-8000-000000000000",
             (unsigned)(device - (device_t)gpus) + 1);
    return SUCCESS;
}

int nvmlDeviceGetMemoryInfo(device_t device, unsigned long long memory_b[3])
{
    (void)device;
    memory_b[0] = 16ULL << 30; /* total */
    memory_b[1] = 15ULL << 30; /* free */
    memory_b[2] = 1ULL << 30;  /* used */
    return SUCCESS;
}

/* Zeus goes by it: boards before Volta have no energy counter. */
int nvmlDeviceGetArchitecture(device_t device, unsigned *architecture)
{
    enum { PASCAL = 4, AMPERE = 7 };
    *architecture = device->counter_error == ERROR_NOT_SUPPORTED ? PASCAL : AMPERE;
    return SUCCESS;
}

/* In millijoules since the driver was loaded. */
int nvmlDeviceGetTotalEnergyConsumption(device_t device, unsigned long long *energy_mj)
{
    if (device->counter_error != 0)
        return (int)device->counter_error;
    *energy_mj = (unsigned long long)(counted_j(device) * 1e3 + 0.5);
    return SUCCESS;
}

static int milliwatts(device_t device, double watts, unsigned *power_mw)
{
    if (device->power_error != 0)
        return (int)device->power_error;
    *power_mw = (unsigned)(watts * 1e3);
    return SUCCESS;
}

int nvmlDeviceGetPowerUsage(device_t device, unsigned *power_mw)
{
    return milliwatts(device, device->power_w, power_mw);
}

int nvmlDeviceGetEnforcedPowerLimit(device_t device, unsigned *power_mw)
{
    return milliwatts(device, device->limit_w, power_mw);
}

int nvmlDeviceGetUtilizationRates(device_t device, unsigned percent[2])
{
    (void)device;
    percent[0] = 100; /* of the GPU */
    percent[1] = 10;  /* of its memory */
    return SUCCESS;
}

int nvmlDeviceGetTemperature(device_t device, int sensor, unsigned *celsius)
{
    (void)device, (void)sensor;
    *celsius = 60;
    return SUCCESS;
}

int nvmlDeviceGetComputeMode(device_t device, int *mode)
{
    (void)device;
    *mode = 0;
    return SUCCESS;
}

/* Success with an empty list: no process has a context. */
static int no_processes(unsigned *count)
{
    *count = 0;
    return SUCCESS;
}

int nvmlDeviceGetComputeRunningProcesses_v3(device_t device, unsigned *count, void *processes)
{
    (void)device, (void)processes;
    return no_processes(count);
}

int nvmlDeviceGetGraphicsRunningProcesses_v3(device_t device, unsigned *count, void *processes)
{
    (void)device, (void)processes;
    return no_processes(count);
}
