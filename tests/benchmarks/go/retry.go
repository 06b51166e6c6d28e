package main

import (
	"context"
	"errors"
	"math/rand"
	"time"
)

const (
	attempts = 10
	base     = time.Second
	longest  = time.Hour
)

var errGaveUp = errors.New("no attempt succeeded")

// retries has no row for calls that wait: Go's timers can be paused only within testing/synctest.
func retries() {
	for _, calls := range growing {
		measure("the first attempt succeeds", "Go: a loop", calls, func() {
			for call := 0; call < calls; call++ {
				_ = retry(context.Background(), func(context.Context) error { return nil })
			}
		})
	}
}

func retry(ctx context.Context, operation func(context.Context) error) error {
	for attempt := 0; attempt < attempts; attempt++ {
		if operation(ctx) == nil {
			return nil
		}
		delay := base << attempt
		if delay > longest {
			delay = longest
		}
		timer := time.NewTimer(time.Duration(rand.Int63n(int64(delay))))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
	return errGaveUp
}
