package main

import (
	"fmt"
	"sync"
)

type Counter struct {
	mu    sync.Mutex
	value int
}

// ANCHOR: all
// The receiver is not a pointer, so each call locks and changes a copy.
func (c Counter) Increment() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.value++
}

func main() {
	var counter Counter
	counter.Increment()
	fmt.Println(counter.value)
}

// ANCHOR_END: all
