package main

import (
	"fmt"
	"sort"
	"sync"
)

// ANCHOR: pool
type Pool struct {
	jobs    chan int
	results chan int
	workers sync.WaitGroup
}

func Start(workers int, work func(int) int) *Pool {
	p := &Pool{
		jobs:    make(chan int, workers*2),
		results: make(chan int, workers*2),
	}
	p.workers.Add(workers)
	for i := 0; i < workers; i++ {
		go func() {
			defer p.workers.Done()
			for job := range p.jobs {
				p.results <- work(job)
			}
		}()
	}
	return p
}

func (p *Pool) Submit(job int) {
	p.jobs <- job
}

func (p *Pool) Shutdown() {
	close(p.jobs)
	p.workers.Wait()
	close(p.results)
}

// ANCHOR_END: pool

// ANCHOR: main
func main() {
	pool := Start(3, func(n int) int { return n * n })
	done := make(chan []int)
	go func() {
		var squares []int
		for square := range pool.results {
			squares = append(squares, square)
		}
		done <- squares
	}()
	for n := 1; n <= 9; n++ {
		pool.Submit(n)
	}
	pool.Shutdown()
	squares := <-done
	sort.Ints(squares)
	fmt.Println(squares)
}

// ANCHOR_END: main
