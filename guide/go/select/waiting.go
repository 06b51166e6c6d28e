package main

import (
	"fmt"
	"time"
)

// ANCHOR: all
func next(messages, signals <-chan string, limit time.Duration) string {
	select {
	case message := <-messages:
		return "message: " + message
	case signal := <-signals:
		return "signal: " + signal
	case <-time.After(limit):
		return "timeout"
	}
}

// ANCHOR_END: all

func main() {
	messages, signals := make(chan string, 1), make(chan string, 1)
	messages <- "hello"
	fmt.Println(next(messages, signals, time.Hour))
	signals <- "stop"
	fmt.Println(next(messages, signals, time.Hour))
	fmt.Println(next(messages, signals, time.Millisecond))
}
