"""Where joules come from: clocks, counters and CodeCarbon's view of the hardware."""
