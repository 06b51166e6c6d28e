package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ANCHOR: pool
type Pool struct {
	ctx     context.Context
	jobs    chan string
	results chan string
	workers sync.WaitGroup
}

var ErrCancelled = errors.New("the pool is cancelled")

type Work func(context.Context, string) string

func Start(ctx context.Context, workers int, work Work) *Pool {
	p := &Pool{
		ctx:     ctx,
		jobs:    make(chan string, workers*2),
		results: make(chan string, workers*2),
	}
	p.workers.Add(workers)
	for i := 0; i < workers; i++ {
		go p.worker(work)
	}
	return p
}

func (p *Pool) worker(work Work) {
	defer p.workers.Done()
	for {
		select {
		case <-p.ctx.Done():
			return
		case job, open := <-p.jobs:
			if !open {
				return
			}
			result := work(p.ctx, job)
			select {
			case <-p.ctx.Done():
				return
			case p.results <- result:
			}
		}
	}
}

func (p *Pool) Submit(job string) error {
	select {
	case <-p.ctx.Done():
		return ErrCancelled
	case p.jobs <- job:
		return nil
	}
}

func (p *Pool) Shutdown() {
	close(p.jobs)
	p.workers.Wait()
	close(p.results)
}

// ANCHOR_END: pool

// ANCHOR: main
func main() {
	ctx, cancel := context.WithCancel(context.Background())
	pool := Start(ctx, 1, func(ctx context.Context, name string) string {
		<-ctx.Done() // Work that takes for ever.
		return name
	})
	for _, name := range []string{"a", "b", "c"} {
		fmt.Println(name, pool.Submit(name))
	}
	cancel()
	pool.Shutdown()
	for range pool.results {
		// Whether there is one is up to the select of the worker.
	}
	fmt.Println("the results have ended")
}

// ANCHOR_END: main
