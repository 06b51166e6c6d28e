package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ANCHOR: retry
type Operation func(context.Context) error

// Retry calls the operation until it succeeds, at most
// `attempts` times. Each wait is twice as long as the last.
func Retry(
	ctx context.Context,
	attempts int,
	delay time.Duration,
	operation Operation,
) error {
	for attempt := 1; ; attempt++ {
		err := operation(ctx)
		if err == nil || attempt == attempts {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(delay):
		}
		delay *= 2
	}
}

// ANCHOR_END: retry

// ANCHOR: main
func main() {
	calls := 0
	err := Retry(context.Background(), 5, time.Millisecond, func(context.Context) error {
		calls++
		if calls < 3 {
			return errors.New("busy")
		}
		return nil
	})
	fmt.Println(calls, "calls:", err)

	ctx, cancel := context.WithCancel(context.Background())
	err = Retry(ctx, 5, time.Hour, func(context.Context) error {
		cancel()
		return errors.New("busy")
	})
	fmt.Println("cancelled in the wait:", err)
}

// ANCHOR_END: main
