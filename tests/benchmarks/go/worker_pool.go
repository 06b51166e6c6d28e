package main

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// run is a job: its result is its number.
func run(job int, takes time.Duration) int {
	for start := time.Now(); takes > 0 && time.Since(start) < takes; {
	}
	return job
}

func pools() {
	for _, kind := range []struct{ micros, jobs int }{{0, 5_000}, {1, 5_000}, {100, 200}} {
		for _, workers := range []int{1, 4, 16} {
			name := fmt.Sprintf("jobs of %d µs, %d workers", kind.micros, workers)
			if workers == 1 {
				name = strings.TrimSuffix(name, "s")
			}
			takes := time.Duration(kind.micros) * time.Microsecond
			measure(name, "Go: channels", kind.jobs, func() { pool(workers, kind.jobs, takes) })
		}
	}
	for _, jobs := range append(growing, 1_000_000) {
		measure("jobs of no time, 4 workers", "Go: channels", jobs, func() { pool(4, jobs, 0) })
	}
}

// pool runs jobs on so many goroutines, which receive them from one channel.
func pool(workers, jobs int, takes time.Duration) int {
	queue, results := make(chan int, 2*workers), make(chan int, 2*workers)
	var group sync.WaitGroup
	for worker := 0; worker < workers; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for job := range queue {
				results <- run(job, takes)
			}
		}()
	}
	go func() {
		for job := 0; job < jobs; job++ {
			queue <- job
		}
		close(queue)
		group.Wait()
		close(results)
	}()
	finished := 0
	for range results {
		finished++
	}
	return finished
}
