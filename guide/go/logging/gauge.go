package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// ANCHOR: all
type Handler func(ctx context.Context, prompt string) (string, error)

func Counted(next Handler, inFlight *int64) Handler {
	return func(ctx context.Context, prompt string) (string, error) {
		atomic.AddInt64(inFlight, 1)
		defer atomic.AddInt64(inFlight, -1)
		return next(ctx, prompt)
	}
}

func slow(ctx context.Context, prompt string) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

func main() {
	var inFlight int64
	ask := Counted(slow, &inFlight)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err := ask(ctx, "Why is the sky blue?")
	fmt.Println(err)
	fmt.Println("in flight:", inFlight)
}

// ANCHOR_END: all
