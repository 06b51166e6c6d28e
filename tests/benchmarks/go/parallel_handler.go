package main

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

const concurrency = 8

// generate is a server that answers as soon as others have had their turn.
func generate(_ context.Context, prompt int) (int, error) {
	runtime.Gosched()
	return prompt, nil
}

// handlers uses one thread, as the benchmark in Rust does.
func handlers() {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, requests := range append([]int{10}, growing...) {
		measure("requests to a fake", "Go: errgroup", requests, func() { generateAll(requests) })
	}
}

// generateAll sends so many requests, a few at a time, and returns the responses in order.
func generateAll(requests int) []int {
	results := make([]int, requests)
	group, ctx := errgroup.WithContext(context.Background())
	permits := semaphore.NewWeighted(concurrency)
	for request := 0; request < requests; request++ {
		request := request
		if permits.Acquire(ctx, 1) != nil {
			break
		}
		group.Go(func() error {
			defer permits.Release(1)
			result, err := generate(ctx, request)
			results[request] = result
			return err
		})
	}
	_ = group.Wait()
	return results
}
