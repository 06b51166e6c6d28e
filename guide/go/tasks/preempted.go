package main

import (
	"fmt"
	"runtime"
	"time"
)

// ANCHOR: all
func main() {
	runtime.GOMAXPROCS(1) // one goroutine at a time
	go func() {
		for {
		}
	}()
	time.Sleep(time.Millisecond)
	fmt.Println("main runs again")
}

// ANCHOR_END: all
