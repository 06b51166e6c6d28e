package main

import (
	"context"
	"fmt"
)

// ANCHOR: all
func wait(ctx context.Context, work <-chan string) (string, error) {
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case result := <-work:
		return result, nil
	}
}

// ANCHOR_END: all

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	work := make(chan string, 1)
	work <- "the result"
	fmt.Println(wait(ctx, work))
	cancel()
	fmt.Println(wait(ctx, work))
}
