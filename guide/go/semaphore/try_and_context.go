package main

import (
	"context"
	"fmt"
	"time"
)

// ANCHOR: all
type Semaphore chan struct{}

func (s Semaphore) TryAcquire() bool {
	select {
	case s <- struct{}{}:
		return true
	default: // the buffer is full
		return false
	}
}

func (s Semaphore) Acquire(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s Semaphore) Release() { <-s }

func main() {
	slots := make(Semaphore, 1)
	fmt.Println("first try:", slots.TryAcquire())
	fmt.Println("second try:", slots.TryAcquire())
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	fmt.Println("waiting:", slots.Acquire(ctx))
	slots.Release()
	fmt.Println("after a release:", slots.TryAcquire())
}

// ANCHOR_END: all
