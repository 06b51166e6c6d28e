package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// ANCHOR: all
func main() {
	jobs := make(chan int64, 8)
	var sum atomic.Int64
	var workers sync.WaitGroup
	for w := 0; w < 3; w++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for job := range jobs {
				sum.Add(job)
			}
		}()
	}
	for job := int64(1); job <= 10; job++ {
		jobs <- job
	}
	close(jobs)
	workers.Wait()
	fmt.Println("the jobs add up to", sum.Load())
}

// ANCHOR_END: all
