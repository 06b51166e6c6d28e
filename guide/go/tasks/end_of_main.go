package main

import (
	"fmt"
	"time"
)

// ANCHOR: all
func start() {
	go func() {
		defer fmt.Println("deferred: never printed")
		time.Sleep(time.Hour)
		fmt.Println("done: never printed")
	}()
}

func main() {
	start()
	fmt.Println("start has returned, its goroutine runs")
	time.Sleep(time.Millisecond)
	fmt.Println("main ends")
}

// ANCHOR_END: all
