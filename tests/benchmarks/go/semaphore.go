package main

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/semaphore"
)

const (
	rounds = 1_000
	tasks  = 8
)

// permits is what every semaphore can do.
type permits interface {
	acquire(ctx context.Context) error
	release()
}

// channel is a semaphore made of a buffered channel: each value in it is a permit that is held.
type channel chan struct{}

func (c channel) acquire(ctx context.Context) error {
	select {
	case c <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c channel) release() { <-c }

type weighted struct{ *semaphore.Weighted }

func (w weighted) acquire(ctx context.Context) error { return w.Acquire(ctx, 1) }

func (w weighted) release() { w.Release(1) }

func semaphores() {
	kinds := []struct {
		name string
		make func(int) permits
	}{
		{"Go: a channel", func(n int) permits { return make(channel, n) }},
		{"Go: x/sync/semaphore", func(n int) permits { return weighted{semaphore.NewWeighted(int64(n))} }},
	}
	for _, kind := range kinds {
		free := kind.make(1)
		background := context.Background()
		measure("a permit is free", kind.name, rounds, func() {
			for i := 0; i < rounds; i++ {
				_ = free.acquire(background)
				free.release()
			}
		})
		for threads, name := range map[int]string{1: "one thread", 0: "all cores"} {
			before := runtime.GOMAXPROCS(threads)
			measure("8 tasks share 2 permits on "+name, kind.name, rounds, func() {
				takeTurns(kind.make(2))
			})
			runtime.GOMAXPROCS(before)
		}
		for _, waiters := range growing {
			measure("waiters are served in turn", kind.name, waiters, func() {
				queue(kind.make(1), waiters, false)
			})
			measure("every other waiter cancels", kind.name, waiters, func() {
				queue(kind.make(1), waiters, true)
			})
		}
	}
}

func takeTurns(shared permits) {
	var group sync.WaitGroup
	for task := 0; task < tasks; task++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := 0; i < rounds/tasks; i++ {
				_ = shared.acquire(context.Background())
				runtime.Gosched()
				shared.release()
			}
		}()
	}
	group.Wait()
}

// queue lets so many goroutines wait for a permit. Every other one may leave before it comes back.
func queue(shared permits, waiters int, cancels bool) {
	_ = shared.acquire(context.Background())
	leaving, leave := context.WithCancel(context.Background())
	defer leave()
	var all, left sync.WaitGroup
	for waiter := 0; waiter < waiters; waiter++ {
		all.Add(1)
		ctx := context.Background()
		if cancels && waiter%2 == 1 {
			ctx = leaving
			left.Add(1)
		}
		go func() {
			defer all.Done()
			if shared.acquire(ctx) == nil {
				shared.release()
			} else {
				left.Done()
			}
		}()
	}
	// Lets the goroutines reach the queue, as far as they have not.
	runtime.Gosched()
	leave()
	left.Wait()
	shared.release()
	all.Wait()
}
