"""How models are trained: tasks, engines, optimisers, schedules, sweeps of runs."""
