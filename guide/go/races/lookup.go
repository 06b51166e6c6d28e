// go run -race
package main

import (
	"fmt"
	"runtime"
	"time"
)

// ANCHOR: all
func main() {
	prices := map[string]int{"tea": 3}
	go func() {
		prices["tea"] = 4
	}()
	for runtime.NumGoroutine() > 1 { // waits, but orders nothing
		time.Sleep(time.Millisecond)
	}
	fmt.Println(prices["tea"])
}

// ANCHOR_END: all
